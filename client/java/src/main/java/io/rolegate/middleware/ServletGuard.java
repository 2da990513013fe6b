package io.rolegate.middleware;

import io.rolegate.Check;
import io.rolegate.Session;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** Judges servlet requests, each once. */
final class ServletGuard {
  private static final String AUTHORIZED = "io.rolegate.authorized";
  private static final AtomicLong GUARDS = new AtomicLong();

  // What came of a request, for its other dispatches; a name of its own for each guard.
  private final String verdictName = "io.rolegate.verdict." + GUARDS.incrementAndGet();
  private final Guard guard;
  private final HttpTable table;

  /** What came of a request: nothing stands in its way, or this does. */
  private record Verdict(Optional<Refusal> refusal) {}

  ServletGuard(Function<String, Session> sessions, List<Rule> rules, String header) {
    guard = new Guard(sessions, header);
    table = new HttpTable(rules);
  }

  static Optional<Authorized> authorized(ServletRequest request) {
    return request.getAttribute(AUTHORIZED) instanceof Authorized authorized
        ? Optional.of(authorized)
        : Optional.empty();
  }

  /** Why the request was refused; empty if it was not, or was not asked about. */
  Optional<Refusal> refusal(HttpServletRequest request) {
    return request.getAttribute(verdictName) instanceof Verdict verdict
        ? verdict.refusal
        : Optional.empty();
  }

  /** Why the request may not go on; empty if it may. Asks when the request comes first. */
  Optional<Refusal> judge(HttpServletRequest request) {
    if (request.getAttribute(verdictName) instanceof Verdict verdict) {
      return verdict.refusal;
    }
    Optional<Refusal> refusal;
    try {
      ask(request);
      refusal = Optional.empty();
    } catch (Refusal e) {
      refusal = Optional.of(e);
    }
    request.setAttribute(verdictName, new Verdict(refusal));
    return refusal;
  }

  private void ask(HttpServletRequest request) throws Refusal {
    String path = path(request);
    // Containers take `/a;x` for `/a`, so that rules would see another path than servlets.
    if (path.indexOf(';') >= 0) {
      throw Refusal.forbidden();
    }
    HttpTable.Match match = table.match(request.getMethod(), path).orElseThrow(Refusal::forbidden);
    if (match.check().isEmpty()) {
      return;
    }
    Check check = match.check().get();
    Enumeration<String> values = request.getHeaders(guard.header());
    Session session =
        guard.session(values == null ? Collections.emptyIterator() : values.asIterator());
    request.setAttribute(AUTHORIZED, guard.ask(session, check));
  }

  /** The path as it came, whatever the request was forwarded to since. */
  private static String path(HttpServletRequest request) {
    String attribute =
        switch (request.getDispatcherType()) {
          case FORWARD -> RequestDispatcher.FORWARD_REQUEST_URI;
          case ERROR -> RequestDispatcher.ERROR_REQUEST_URI;
          default -> "";
        };
    return !attribute.isEmpty() && request.getAttribute(attribute) instanceof String original
        ? original
        : request.getRequestURI();
  }

  static void answer(HttpServletResponse response, Refusal refusal) throws IOException {
    byte[] body = refusal.json().getBytes(StandardCharsets.UTF_8);
    response.setStatus(refusal.httpStatus());
    if (refusal.challenge() != null) {
      response.setHeader("WWW-Authenticate", refusal.challenge());
    }
    response.setHeader("Cache-Control", "no-store");
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
