package io.rolegate;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.rolegate.v1.AuthorizationServiceGrpc;
import io.rolegate.v1.AuthorizeStreamRequest;
import io.rolegate.v1.AuthorizeStreamResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Questions and answers over one call that stays open. One thread may send while another receives.
 */
public final class AuthorizeStream implements AutoCloseable {
  private final Session session;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final ClientCallStreamObserver<AuthorizeStreamRequest> requests;
  private long sent;

  /** An answer, an error, or, with neither, the end. */
  private record Event(AuthorizeStreamResponse response, Throwable error) {}

  AuthorizeStream(Session session, AuthorizationServiceGrpc.AuthorizationServiceStub stub) {
    this.session = session;
    this.requests =
        (ClientCallStreamObserver<AuthorizeStreamRequest>) stub.authorizeStream(new Answers());
  }

  /**
   * Asks a batch of questions.
   *
   * @param checks the questions, without {@code explain}
   */
  public void send(List<Check> checks) {
    requests.onNext(
        AuthorizeStreamRequest.newBuilder()
            .setCorrelationId(sent++)
            .setBatch(session.batch(checks, Map.of()))
            .build());
  }

  /** Says that no more questions follow. */
  public void finish() {
    requests.onCompleted();
  }

  /**
   * The answers to the next batch, in the order of the batches; empty when all were answered.
   *
   * @return the answers
   * @throws RolegateException without a code about that batch alone, after which the stream goes
   *     on; else the call has ended
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public Optional<List<Decision>> next() throws InterruptedException {
    Event event = events.take();
    if (event.error != null) {
      events.add(event);
      throw event.error instanceof StatusRuntimeException status
          ? RolegateException.of(status)
          : RolegateException.of(Status.fromThrowable(event.error).asRuntimeException());
    }
    if (event.response == null) {
      events.add(event);
      return Optional.empty();
    }
    if (event.response.hasError()) {
      throw new RolegateException(
          event.response.getError().getCode(), "", event.response.getError().getMessage());
    }
    return Optional.of(Session.decisions(event.response.getBatch()));
  }

  /** Ends the call. */
  @Override
  public void close() {
    requests.cancel("closed", null);
  }

  private final class Answers
      implements ClientResponseObserver<AuthorizeStreamRequest, AuthorizeStreamResponse> {
    @Override
    public void beforeStart(ClientCallStreamObserver<AuthorizeStreamRequest> stream) {}

    @Override
    public void onNext(AuthorizeStreamResponse response) {
      events.add(new Event(response, null));
    }

    @Override
    public void onError(Throwable error) {
      events.add(new Event(null, error));
    }

    @Override
    public void onCompleted() {
      events.add(new Event(null, null));
    }
  }
}
