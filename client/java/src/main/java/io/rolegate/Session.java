package io.rolegate;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.StatusRuntimeException;
import io.rolegate.v1.AuthorizeRequest;
import io.rolegate.v1.AuthorizeResponse;
import io.rolegate.v1.BatchAuthorizeRequest;
import io.rolegate.v1.BatchAuthorizeResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A role's session, or somebody's that was brought, and what it may do. Safe for use by several
 * threads.
 */
public final class Session {
  private static final Logger LOG = Logger.getLogger("io.rolegate");

  // By default a session is renewed when a fifth of its life is left.
  private static final double RENEW_AT = 0.8;

  // After a renewal that failed the next one is tried so much later.
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final RolegateClient client;
  private final String subject; // the session that is asked about; null: the caller's own
  private final Supplier<Credentials> assume; // null: there is nothing to renew
  private final Duration renewBefore;

  private final ReentrantLock renewing = new ReentrantLock();
  private volatile Present present;

  private record Present(Credentials credentials, Instant renewAt) {}

  private Session(
      RolegateClient client, String subject, Supplier<Credentials> assume, Duration renewBefore) {
    this.client = client;
    this.subject = subject;
    this.assume = assume;
    this.renewBefore = renewBefore;
  }

  static Session start(RolegateClient client, Duration renewBefore, Supplier<Credentials> assume) {
    Session session = new Session(client, null, assume, renewBefore);
    session.present = session.planned(assume.get());
    return session;
  }

  static Session about(RolegateClient client, String subject) {
    return new Session(client, subject, null, null);
  }

  /** The connection that the session uses. */
  public RolegateClient client() {
    return client;
  }

  /**
   * The session's present credentials, renewed if that is due.
   *
   * <p>One caller renews while the others wait. A session that is still good stays when it cannot
   * be renewed; the next try comes a second later.
   */
  public Credentials credentials() {
    if (assume == null) {
      throw new IllegalStateException(
          "the session was brought by somebody; it has no credentials of its own");
    }
    if (Instant.now().isBefore(present.renewAt)) {
      return present.credentials;
    }
    renewing.lock();
    try {
      if (!Instant.now().isBefore(present.renewAt)) {
        renew();
      }
      return present.credentials;
    } finally {
      renewing.unlock();
    }
  }

  private void renew() {
    try {
      present = planned(assume.get());
    } catch (RuntimeException e) {
      if (!Instant.now().isBefore(present.credentials.expiresAt())) {
        throw e;
      }
      LOG.log(Level.WARNING, e,
          () -> "a session of " + present.credentials.arn() + " is not renewed");
      present = new Present(present.credentials, Instant.now().plus(RETRY_AFTER));
    }
  }

  private Present planned(Credentials credentials) {
    Instant now = Instant.now();
    Duration left = Duration.between(now, credentials.expiresAt());
    Instant renewAt = renewBefore != null
        ? credentials.expiresAt().minus(renewBefore)
        : now.plusMillis((long) (left.toMillis() * RENEW_AT));
    return new Present(credentials, renewAt);
  }

  private String token() {
    return assume == null ? null : credentials().sessionToken();
  }

  /**
   * Whether the session may do {@code action} on {@code resource}. A denial is an answer and no
   * error.
   *
   * @throws RolegateException where there is no answer
   */
  public Decision authorize(String action, String resource) {
    return authorize(Check.of(action, resource));
  }

  /** Answers a question of which more is said. */
  public Decision authorize(Check check) {
    String token = token();
    return Decision.of(
        RolegateClient.call(() -> client.authorization(token).authorize(request(check))));
  }

  /**
   * Answers a question later. The future fails with a {@link RolegateException} where there is no
   * answer. A renewal that is due is waited for here.
   */
  public CompletableFuture<Decision> authorizeLater(Check check) {
    CompletableFuture<Decision> result = new CompletableFuture<>();
    FutureCallback<AuthorizeResponse> callback = new FutureCallback<>() {
      @Override
      public void onSuccess(AuthorizeResponse response) {
        result.complete(Decision.of(response));
      }

      @Override
      public void onFailure(Throwable error) {
        result.completeExceptionally(error instanceof StatusRuntimeException status
            ? RolegateException.of(status) : error);
      }
    };
    try {
      Futures.addCallback(
          client.authorizationLater(token()).authorize(request(check)),
          callback,
          MoreExecutors.directExecutor());
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  /** Whether the session may. Errors are denials, and are logged. */
  public boolean isAllowed(String action, String resource) {
    return isAllowed(Check.of(action, resource));
  }

  /** Whether the session may. Errors are denials, and are logged. */
  public boolean isAllowed(Check check) {
    try {
      return authorize(check).allowed();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, e, () -> check.action() + " on " + check.resource()
          + " is denied, for the answer is not to be had");
      return false;
    }
  }

  /**
   * The answers to many checks on one revision, in their order. Refused whole if one is malformed.
   */
  public List<Decision> authorizeMany(List<Check> checks) {
    return authorizeMany(checks, Map.of());
  }

  /** The same with a context that all checks have, where they do not say otherwise. */
  public List<Decision> authorizeMany(List<Check> checks, Map<String, List<String>> context) {
    String token = token();
    return decisions(RolegateClient.call(
        () -> client.authorization(token).batchAuthorize(batch(checks, context))));
  }

  /** Batch after batch over one call; close it when all were asked. */
  public AuthorizeStream authorizeStream() {
    return new AuthorizeStream(this, client.authorizationStream(token()));
  }

  /** Who the session is. */
  public Identity getCallerIdentity() {
    return client.identity(token());
  }

  private AuthorizeRequest request(Check check) {
    AuthorizeRequest.Builder request = AuthorizeRequest.newBuilder()
        .setAction(check.action())
        .setResource(check.resource())
        .setResourceAccount(check.resourceAccount())
        .setExplain(check.explain())
        .putAllContext(Check.contextToProto(check.context()));
    if (subject != null) {
      request.setSessionToken(subject);
    }
    return request.build();
  }

  BatchAuthorizeRequest batch(List<Check> checks, Map<String, List<String>> context) {
    BatchAuthorizeRequest.Builder request = BatchAuthorizeRequest.newBuilder()
        .putAllContext(Check.contextToProto(context));
    if (subject != null) {
      request.setSessionToken(subject);
    }
    checks.forEach(check -> request.addChecks(check.toProto()));
    return request.build();
  }

  static List<Decision> decisions(BatchAuthorizeResponse response) {
    return response.getResultsList().stream()
        .map(result -> Decision.of(result, response.getRegistryRevision()))
        .toList();
  }
}
