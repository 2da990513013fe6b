package io.rolegate.middleware;

import io.grpc.Status;
import io.rolegate.Decision;
import io.rolegate.RolegateException;

/** Why a call does not reach its handler. It never says what Rolegate said. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  private final Kind kind;
  private final String name;
  private final String decisionId; // empty: there is no decision

  private enum Kind {
    NO_TOKEN(401, "the call brings no session, or more than one"),
    BAD_TOKEN(401, "the session that the call brings is not valid"),
    FORBIDDEN(403, "the call is not allowed"),
    UNAVAILABLE(503, "the call cannot be authorized at the moment");

    private final int status;
    private final String message;

    Kind(int status, String message) {
      this.status = status;
      this.message = message;
    }
  }

  private Refusal(Kind kind, String name, String decisionId, Throwable cause) {
    super(kind.message, cause, false, false);
    this.kind = kind;
    this.name = name;
    this.decisionId = decisionId;
  }

  static Refusal noToken() {
    return new Refusal(Kind.NO_TOKEN, RolegateException.MISSING_AUTHENTICATION_TOKEN, "", null);
  }

  static Refusal badToken(String name) {
    return new Refusal(Kind.BAD_TOKEN, name, "", null);
  }

  /** No rule matches, or Rolegate finds the question malformed. */
  static Refusal forbidden() {
    return new Refusal(Kind.FORBIDDEN, RolegateException.ACCESS_DENIED, "", null);
  }

  static Refusal denied(Decision decision) {
    return new Refusal(
        Kind.FORBIDDEN, RolegateException.ACCESS_DENIED, decision.decisionId(), null);
  }

  /** What an error of Rolegate means for the one who called. */
  static Refusal of(Throwable error) {
    if (error instanceof RolegateException ours) {
      boolean unknown = ours.code().equals(Status.Code.UNAUTHENTICATED.name());
      if (unknown && !ours.is(RolegateException.MISSING_AUTHENTICATION_TOKEN)) {
        return badToken(
            ours.name().isEmpty() ? RolegateException.INVALID_CLIENT_TOKEN_ID : ours.name());
      }
      if (ours.code().equals(Status.Code.INVALID_ARGUMENT.name())) {
        return forbidden();
      }
    }
    return new Refusal(Kind.UNAVAILABLE, RolegateException.SERVICE_UNAVAILABLE, "", error);
  }

  /** Whether the operator should hear the cause: not where the caller has gone. */
  boolean isOutage() {
    boolean gone =
        getCause() instanceof RolegateException ours
            && ours.code().equals(Status.Code.CANCELLED.name());
    return kind == Kind.UNAVAILABLE && !gone;
  }

  int httpStatus() {
    return kind.status;
  }

  /** The value of {@code WWW-Authenticate}; null where none is due. */
  String challenge() {
    return switch (kind) {
      case NO_TOKEN -> "Bearer";
      case BAD_TOKEN -> "Bearer error=\"invalid_token\"";
      default -> null;
    };
  }

  /** The body; the names are Rolegate's own words and need no escapes but for hostile servers. */
  String json() {
    return "{\"error\":\""
        + plain(name)
        + "\",\"message\":\""
        + kind.message
        + "\""
        + (decisionId.isEmpty() ? "" : ",\"decision_id\":\"" + plain(decisionId) + "\"")
        + "}";
  }

  private static String plain(String text) {
    return text.replaceAll("[^A-Za-z0-9_.:-]", "");
  }

  Status grpcStatus() {
    Status status =
        switch (kind) {
          case NO_TOKEN, BAD_TOKEN -> Status.UNAUTHENTICATED;
          case FORBIDDEN -> Status.PERMISSION_DENIED;
          case UNAVAILABLE -> Status.UNAVAILABLE;
        };
    String where = decisionId.isEmpty() ? "" : " (decision " + plain(decisionId) + ")";
    return status.withDescription(plain(name) + ": " + kind.message + where);
  }
}
