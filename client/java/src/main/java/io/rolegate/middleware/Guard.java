package io.rolegate.middleware;

import io.rolegate.Check;
import io.rolegate.Decision;
import io.rolegate.RolegateException;
import io.rolegate.Session;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Asks Rolegate about the session that a call brought. */
final class Guard {
  private static final Logger LOG = Logger.getLogger("io.rolegate");
  private static final String SCHEME = "bearer ";
  private static final int MAX_BYTES = 6 * 1024; // Rolegate never issues a longer token

  private final Function<String, Session> sessions;
  private final String header;
  private final boolean bearer;

  /**
   * Makes one.
   *
   * @param sessions the session that a token stands for
   * @param header where the token is; {@code authorization} holds it as {@code Bearer TOKEN}
   */
  Guard(Function<String, Session> sessions, String header) {
    this.sessions = sessions;
    this.header = header.toLowerCase(Locale.ROOT);
    this.bearer = this.header.equals("authorization");
  }

  /** Where the token is. */
  String header() {
    return header;
  }

  /** The session that these values of the header bring. */
  Session session(Iterator<String> values) throws Refusal {
    if (!values.hasNext()) {
      throw Refusal.noToken();
    }
    String token = values.next();
    if (values.hasNext()) {
      throw Refusal.noToken();
    }
    if (bearer) {
      if (!token.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        throw Refusal.noToken();
      }
      token = token.substring(SCHEME.length());
    }
    if (token.isEmpty()) {
      throw Refusal.noToken();
    }
    if (token.length() > MAX_BYTES || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw Refusal.badToken(RolegateException.INVALID_CLIENT_TOKEN_ID);
    }
    return sessions.apply(token);
  }

  /** Asks, and waits for the answer. */
  Authorized ask(Session session, Check check) throws Refusal {
    Decision decision;
    try {
      decision = session.authorize(check);
    } catch (RuntimeException e) {
      throw refusal(e, check);
    }
    return allowed(session, check, decision);
  }

  /** Asks; without a question, refuses. The future fails with a {@link Refusal}. */
  CompletableFuture<Authorized> askLater(Session session, Optional<Check> question) {
    if (question.isEmpty()) {
      return CompletableFuture.failedFuture(Refusal.forbidden());
    }
    Check check = question.get();
    return session
        .authorizeLater(check)
        .handle(
            (decision, error) -> {
              try {
                if (error != null) {
                  throw refusal(error, check);
                }
                return allowed(session, check, decision);
              } catch (Refusal refusal) {
                throw new CompletionException(refusal);
              }
            });
  }

  private static Authorized allowed(Session session, Check check, Decision decision)
      throws Refusal {
    if (!decision.allowed()) {
      throw Refusal.denied(decision);
    }
    return new Authorized(check.action(), check.resource(), decision, session);
  }

  private static Refusal refusal(Throwable error, Check check) {
    Refusal refusal = Refusal.of(error);
    if (refusal.isOutage()) {
      LOG.log(
          Level.WARNING, error, () -> check.action() + " is refused, for Rolegate cannot be asked");
    }
    return refusal;
  }
}
