package io.rolegate;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/**
 * A call that brought no answer.
 *
 * <p>Compare it by AWS's name: {@code if (e.is(RolegateException.ACCESS_DENIED))}.
 */
public final class RolegateException extends RuntimeException {
  /** The role may not be assumed, or the caller may not administer. */
  public static final String ACCESS_DENIED = "AccessDenied";

  /** The session has ended, or was revoked. */
  public static final String EXPIRED_TOKEN = "ExpiredToken";

  /** The token is no session, or another service's. */
  public static final String INVALID_CLIENT_TOKEN_ID = "InvalidClientTokenId";

  /** Nothing says who is calling. */
  public static final String MISSING_AUTHENTICATION_TOKEN = "MissingAuthenticationToken";

  /** A field of the request does not fit; the message names it. */
  public static final String VALIDATION_ERROR = "ValidationError";

  /** Tags that are repeated, reserved or inherited. */
  public static final String INVALID_PARAMETER_VALUE = "InvalidParameterValue";

  /** A session policy that does not load. */
  public static final String MALFORMED_POLICY_DOCUMENT = "MalformedPolicyDocument";

  /** Session policies and tags do not fit into a token. */
  public static final String PACKED_POLICY_TOO_LARGE = "PackedPolicyTooLarge";

  /** An identity provider's token or assertion does not hold. */
  public static final String INVALID_IDENTITY_TOKEN = "InvalidIdentityToken";

  /** An identity provider's token or assertion has ended. */
  public static final String EXPIRED_IDENTITY_TOKEN = "ExpiredTokenException";

  /** The identity provider says that its user did not log in. */
  public static final String IDP_REJECTED_CLAIM = "IDPRejectedClaim";

  /** The identity provider's keys cannot be had at the moment. */
  public static final String IDP_COMMUNICATION_ERROR = "IDPCommunicationError";

  /** The server holds no registry yet. */
  public static final String REGISTRY_NOT_LOADED = "RegistryNotLoaded";

  /** The server stops. */
  public static final String SERVICE_UNAVAILABLE = "ServiceUnavailable";

  /** The registry does not hold what was asked for. */
  public static final String NO_SUCH_ENTITY = "NoSuchEntity";

  /** The server was not set up for this call. */
  public static final String NOT_IMPLEMENTED = "NotImplemented";

  /** Too many calls; trying again did not help in time. */
  public static final String THROTTLING = "Throttling";

  /** The question costs more than one call may; ask less at once. */
  public static final String EVALUATION_BUDGET_EXCEEDED = "EvaluationBudgetExceeded";

  /** The record was not sealed by this service, or is too old. */
  public static final String INVALID_AUTHORIZATION_MESSAGE = "InvalidAuthorizationMessageException";

  private static final long serialVersionUID = 1;

  /** AWS's name. */
  private final String name;

  /** The name of gRPC's status code. */
  private final String code;

  /** What is wrong. */
  private final String detail;

  /** The sealed record. */
  private final String encodedMessage;

  RolegateException(
      String name, String code, String detail, String encodedMessage, Throwable cause) {
    super((name.isEmpty() ? code : name) + ": " + detail, cause);
    this.name = name;
    this.code = code;
    this.detail = detail;
    this.encodedMessage = encodedMessage;
  }

  RolegateException(String name, String code, String detail) {
    this(name, code, detail, "", null);
  }

  /** What an error of gRPC means. */
  static RolegateException of(StatusRuntimeException error) {
    String name = "";
    String encoded = "";
    Status details = StatusProto.fromThrowable(error);
    for (Any detail :
        details == null ? Status.getDefaultInstance().getDetailsList() : details.getDetailsList()) {
      if (!detail.is(ErrorInfo.class)) {
        continue;
      }
      try {
        ErrorInfo info = detail.unpack(ErrorInfo.class);
        name = info.getReason();
        encoded = info.getMetadataOrDefault("encoded_message", "");
      } catch (InvalidProtocolBufferException notOurs) {
        // The status's own message must do.
      }
    }
    String message = error.getStatus().getDescription();
    return new RolegateException(
        name, error.getStatus().getCode().name(), message == null ? "" : message, encoded, error);
  }

  /**
   * AWS's name of the error; empty if the service did not speak.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * Whether the error has that name of AWS's.
   *
   * @param other one of the names above
   * @return whether it is the name of this error
   */
  public boolean is(String other) {
    return name.equals(other);
  }

  /**
   * The name of gRPC's status code, {@code PERMISSION_DENIED} for instance.
   *
   * @return the name
   */
  public String code() {
    return code;
  }

  /**
   * What is wrong, and where, without the name.
   *
   * @return a sentence
   */
  public String detail() {
    return detail;
  }

  /**
   * The sealed record of a refusal, for {@link RolegateClient#decodeAuthorizationMessage}; empty if
   * there is none.
   *
   * @return the record
   */
  public String encodedMessage() {
    return encodedMessage;
  }
}
