package io.rolegate;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.rolegate.v1.AuthorizationServiceGrpc;
import io.rolegate.v1.AuthorizationServiceGrpc.AuthorizationServiceBlockingStub;
import io.rolegate.v1.AuthorizationServiceGrpc.AuthorizationServiceFutureStub;
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

  // A session is renewed once this part of its life has passed.
  private static final double RENEW_AT = 0.8;

  // After a renewal that failed the next one is tried so much later.
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final RolegateClient client;
  private final Session asker; // who asks about the subject; null: the session itself
  private final String subject; // the session that is asked about; null: the caller's own
  private final Supplier<Credentials> assume; // null: there is nothing to renew
  private final Duration renewBefore;

  private final ReentrantLock renewing = new ReentrantLock();
  private volatile Present present;

  /** The credentials, and the stubs that call with them. */
  private record Present(
      Credentials credentials,
      Instant renewAt,
      AuthorizationServiceBlockingStub blocking,
      AuthorizationServiceFutureStub future) {
    Present(Credentials credentials, Instant renewAt, Channel channel) {
      this(
          credentials,
          renewAt,
          AuthorizationServiceGrpc.newBlockingStub(channel),
          AuthorizationServiceGrpc.newFutureStub(channel));
    }

    Channel channel() {
      return blocking.getChannel();
    }
  }

  private Session(
      RolegateClient client,
      Session asker,
      String subject,
      Supplier<Credentials> assume,
      Duration renewBefore) {
    this.client = client;
    this.asker = asker;
    this.subject = subject;
    this.assume = assume;
    this.renewBefore = renewBefore;
  }

  static Session start(RolegateClient client, Duration renewBefore, Supplier<Credentials> assume) {
    Session session = new Session(client, null, null, assume, renewBefore);
    session.present = session.planned(assume.get());
    return session;
  }

  static Session caller(RolegateClient client) {
    Session session = new Session(client, null, null, null, null);
    session.present = new Present(null, Instant.MAX, client.identified());
    return session;
  }

  /**
   * The session that somebody brought, to ask as this session what they may do: what a service
   * needs whose connection does not say who it is.
   *
   * @param sessionToken the token; whatever is wrong with it is told when it is asked about
   * @return the session
   * @throws IllegalArgumentException if the token is empty, for that would ask about the caller
   */
  public Session forToken(String sessionToken) {
    if (sessionToken.isEmpty()) {
      throw new IllegalArgumentException("the session token is empty");
    }
    return new Session(client, asker != null ? asker : this, sessionToken, null, null);
  }

  /**
   * The connection that the session uses.
   *
   * @return the client
   */
  public RolegateClient client() {
    return client;
  }

  /**
   * The session's present credentials, renewed if that is due.
   *
   * <p>One caller renews while the others wait. A session that is still good stays when it cannot
   * be renewed; the next try comes a second later.
   *
   * @return the credentials
   * @throws RolegateException if they have ended and cannot be renewed
   * @throws IllegalStateException for a session that somebody brought
   */
  public Credentials credentials() {
    if (assume == null) {
      throw new IllegalStateException(
          "the session was brought by somebody; it has no credentials of its own");
    }
    return present().credentials;
  }

  /** Who asks, renewed if that is due. */
  private Present present() {
    if (asker != null) {
      return asker.present();
    }
    Present now = present;
    if (assume == null || Instant.now().isBefore(now.renewAt)) {
      return now;
    }
    renewing.lock();
    try {
      if (!Instant.now().isBefore(present.renewAt)) {
        renew();
      }
      return present;
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
      LOG.log(
          Level.WARNING, e, () -> "a session of " + present.credentials.arn() + " is not renewed");
      present =
          new Present(
              present.credentials,
              Instant.now().plus(RETRY_AFTER),
              present.blocking,
              present.future);
    }
  }

  private Present planned(Credentials credentials) {
    Instant now = Instant.now();
    Duration left = Duration.between(now, credentials.expiresAt());
    Instant renewAt =
        renewBefore != null
            ? credentials.expiresAt().minus(renewBefore)
            : now.plusMillis((long) (left.toMillis() * RENEW_AT));
    return new Present(credentials, renewAt, client.bearer(credentials.sessionToken()));
  }

  /**
   * Whether the session may do {@code action} on {@code resource}. A denial is an answer and no
   * error.
   *
   * @param action {@code service:Name}
   * @param resource an ARN, or {@code *}
   * @return the answer
   * @throws RolegateException where there is no answer
   */
  public Decision authorize(String action, String resource) {
    return authorize(Check.of(action, resource));
  }

  /**
   * Answers a question of which more is said.
   *
   * @param check the question
   * @return the answer
   * @throws RolegateException if there is no answer
   */
  public Decision authorize(Check check) {
    AuthorizationServiceBlockingStub stub = present().blocking;
    return Decision.of(RolegateClient.call(() -> client.inTime(stub).authorize(request(check))));
  }

  /**
   * Answers a question later. The future fails with a {@link RolegateException} where there is no
   * answer. A renewal that is due is waited for here.
   *
   * @param check the question
   * @return the answer to come
   */
  public CompletableFuture<Decision> authorizeLater(Check check) {
    CompletableFuture<Decision> result = new CompletableFuture<>();
    FutureCallback<AuthorizeResponse> callback =
        new FutureCallback<>() {
          @Override
          public void onSuccess(AuthorizeResponse response) {
            result.complete(Decision.of(response));
          }

          @Override
          public void onFailure(Throwable error) {
            result.completeExceptionally(
                error instanceof StatusRuntimeException status
                    ? RolegateException.of(status)
                    : error);
          }
        };
    try {
      Futures.addCallback(
          client.inTime(present().future).authorize(request(check)),
          callback,
          MoreExecutors.directExecutor());
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  /**
   * Whether the session may. Errors are denials, and are logged.
   *
   * @param action {@code service:Name}
   * @param resource an ARN, or {@code *}
   * @return whether it is allowed
   */
  public boolean isAllowed(String action, String resource) {
    return isAllowed(Check.of(action, resource));
  }

  /**
   * Whether the session may. Errors are denials, and are logged.
   *
   * @param check the question
   * @return whether it is allowed
   */
  public boolean isAllowed(Check check) {
    try {
      return authorize(check).allowed();
    } catch (RuntimeException e) {
      LOG.log(
          Level.WARNING,
          e,
          () ->
              check.action()
                  + " on "
                  + check.resource()
                  + " is denied, for the answer is not to be had");
      return false;
    }
  }

  /**
   * The answers to many checks on one revision, in their order. Refused whole if one is malformed.
   *
   * @param checks the questions, without {@code explain}
   * @return the answers
   * @throws RolegateException if there is no answer
   */
  public List<Decision> authorizeMany(List<Check> checks) {
    return authorizeMany(checks, Map.of());
  }

  /**
   * The same with a context that all checks have, where they do not say otherwise.
   *
   * @param checks the questions, without {@code explain}
   * @param context the condition keys that they all have
   * @return the answers
   * @throws RolegateException if there is no answer
   */
  public List<Decision> authorizeMany(List<Check> checks, Map<String, List<String>> context) {
    AuthorizationServiceBlockingStub stub = present().blocking;
    return decisions(
        RolegateClient.call(() -> client.inTime(stub).batchAuthorize(batch(checks, context))));
  }

  /**
   * Batch after batch over one call; close it when all were asked.
   *
   * @return the stream
   */
  public AuthorizeStream authorizeStream() {
    return new AuthorizeStream(this, AuthorizationServiceGrpc.newStub(present().channel()));
  }

  /**
   * The revisions of the registry, asked for as this session; close it when you have seen enough.
   *
   * @return the revisions
   */
  public Watch watch() {
    return client.watch(present().channel());
  }

  /**
   * Who the session is; who asks, if it was brought.
   *
   * @return the identity
   * @throws RolegateException if there is no answer
   */
  public Identity getCallerIdentity() {
    return client.identity(present().channel());
  }

  private AuthorizeRequest request(Check check) {
    AuthorizeRequest.Builder request =
        AuthorizeRequest.newBuilder()
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
    BatchAuthorizeRequest.Builder request =
        BatchAuthorizeRequest.newBuilder().putAllContext(Check.contextToProto(context));
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
