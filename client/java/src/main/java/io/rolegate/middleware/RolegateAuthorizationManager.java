package io.rolegate.middleware;

import io.rolegate.Session;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;

/**
 * Lets Spring Security ask Rolegate what a request may do.
 *
 * <pre>{@code
 * http.authorizeHttpRequests(requests -> requests.anyRequest().access(rolegate))
 *     .exceptionHandling(
 *         answers -> answers.authenticationEntryPoint(rolegate).accessDeniedHandler(rolegate))
 *     .sessionManagement(each -> each.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
 *     .csrf(AbstractHttpConfigurer::disable); // no cookie says who calls
 * }</pre>
 *
 * <p>Whoever Spring takes for the caller has no say: the session that the request brings is asked
 * about. As entry point and as handler of denials this answers 401, 403, and 503 where Rolegate
 * cannot be asked, with a JSON object of {@code error} and {@code message}; without it there
 * Spring's own answers tell the refusal.
 *
 * <p>Rules match the path as it came, with the context path in front. A path with a {@code ;}
 * matches none. A request that is forwarded, or goes on asynchronously, is asked about once. Safe
 * for use by several threads.
 */
public final class RolegateAuthorizationManager
    implements AuthorizationManager<RequestAuthorizationContext>,
        AuthenticationEntryPoint,
        AccessDeniedHandler {
  private final ServletGuard guard;

  /**
   * A manager that takes the session from {@code Authorization: Bearer TOKEN}.
   *
   * @param sessions whose answers count: {@code client::forToken}, or {@code session::forToken}
   *     where the service itself has a session
   * @param rules the table; the first rule that matches holds
   * @throws IllegalArgumentException for a table that is wrong; the message names the rule
   */
  public RolegateAuthorizationManager(Function<String, Session> sessions, List<Rule> rules) {
    this(sessions, rules, "authorization");
  }

  /**
   * A manager that takes the session from another header, whose whole value is the token.
   *
   * @param sessions as above
   * @param rules as above
   * @param header the header's name
   * @throws IllegalArgumentException for a table that is wrong; the message names the rule
   */
  public RolegateAuthorizationManager(
      Function<String, Session> sessions, List<Rule> rules, String header) {
    guard = new ServletGuard(sessions, rules, header);
  }

  /**
   * What was asked about a request; empty for one that a public rule let pass, and for one that was
   * not asked about.
   *
   * @param request the request, as the handler got it
   * @return the question and its answer
   */
  public static Optional<Authorized> authorized(ServletRequest request) {
    return ServletGuard.authorized(request);
  }

  /**
   * Whether the request may go on.
   *
   * @param authentication whoever Spring takes for the caller; not looked at
   * @param context the request
   * @return the answer, never null
   */
  @Override
  public AuthorizationResult authorize(
      Supplier<Authentication> authentication, RequestAuthorizationContext context) {
    return new AuthorizationDecision(guard.judge(context.getRequest()).isEmpty());
  }

  /**
   * The same, as Spring Security 6 calls it.
   *
   * @param authentication whoever Spring takes for the caller; not looked at
   * @param context the request
   * @return the answer, never null
   */
  @Override
  @SuppressWarnings("deprecation") // Abstract in 6, gone in 7.
  public AuthorizationDecision check(
      Supplier<Authentication> authentication, RequestAuthorizationContext context) {
    return new AuthorizationDecision(guard.judge(context.getRequest()).isEmpty());
  }

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException exception)
      throws IOException {
    // Spring calls this for whomever it does not know, denied by Rolegate or not asked about.
    ServletGuard.answer(response, guard.refusal(request).orElseGet(Refusal::noToken));
  }

  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, AccessDeniedException exception)
      throws IOException {
    ServletGuard.answer(response, guard.refusal(request).orElseGet(Refusal::forbidden));
  }
}
