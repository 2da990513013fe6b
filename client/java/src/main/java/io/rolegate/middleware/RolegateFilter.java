package io.rolegate.middleware;

import io.rolegate.Session;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Lets a request reach its servlet only if Rolegate allows it.
 *
 * <pre>{@code
 * FilterHolder guard = new FilterHolder(new RolegateFilter(session::forToken, rules));
 * context.addFilter(guard, "/*", EnumSet.allOf(DispatcherType.class));
 * }</pre>
 *
 * <p>Map it to {@code /*}, before all other filters: what it is not mapped to is not guarded. Rules
 * match the path as it came, with the context path in front. A path with a {@code ;} matches none,
 * for servlet containers leave out what follows it. A request that is forwarded, or goes on
 * asynchronously, is asked about once.
 *
 * <p>It answers by itself what it refuses: 401, 403, and 503 where Rolegate cannot be asked, each
 * with a JSON object of {@code error} and {@code message}. Safe for use by several threads.
 */
public final class RolegateFilter implements Filter {
  private final ServletGuard guard;

  /**
   * A filter that takes the session from {@code Authorization: Bearer TOKEN}.
   *
   * @param sessions whose answers count: {@code client::forToken}, or {@code session::forToken}
   *     where the service itself has a session
   * @param rules the table; the first rule that matches holds
   * @throws IllegalArgumentException for a table that is wrong; the message names the rule
   */
  public RolegateFilter(Function<String, Session> sessions, List<Rule> rules) {
    this(sessions, rules, "authorization");
  }

  /**
   * A filter that takes the session from another header, whose whole value is the token.
   *
   * @param sessions as above
   * @param rules as above
   * @param header the header's name
   * @throws IllegalArgumentException for a table that is wrong; the message names the rule
   */
  public RolegateFilter(Function<String, Session> sessions, List<Rule> rules, String header) {
    guard = new ServletGuard(sessions, rules, header);
  }

  /**
   * What was asked about a request; empty for one that a public rule let pass, and for one that no
   * filter saw.
   *
   * @param request the request, as the servlet got it
   * @return the question and its answer
   */
  public static Optional<Authorized> authorized(ServletRequest request) {
    return ServletGuard.authorized(request);
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest http)
        || !(response instanceof HttpServletResponse answer)) {
      throw new ServletException("Rolegate guards HTTP requests alone");
    }
    Optional<Refusal> refusal = guard.judge(http);
    if (refusal.isPresent()) {
      ServletGuard.answer(answer, refusal.get());
    } else {
      chain.doFilter(request, response);
    }
  }
}
