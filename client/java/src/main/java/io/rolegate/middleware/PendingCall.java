package io.rolegate.middleware;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A call that waits for Rolegate's answer. What happens to it meanwhile is told the handler in the
 * same order afterwards; at most two messages come before the handler asks for more.
 */
final class PendingCall<Q, A> extends ServerCall.Listener<Q> {
  private static final Logger LOG = Logger.getLogger("io.rolegate");

  private final ServerCall<Q, A> call;
  private final Function<Object, CompletableFuture<Authorized>> question;
  private final Function<Context, ServerCall.Listener<Q>> start;
  private final Context context = Context.current();

  // All below is read and written in turns alone.
  private final SynchronizationContext turns =
      new SynchronizationContext((thread, error) -> fail(error));
  private final List<Consumer<ServerCall.Listener<Q>>> early = new ArrayList<>();
  private ServerCall.Listener<Q> handler; // null: not yet decided
  private boolean asked;

  /**
   * Makes one, in the call's context.
   *
   * @param question asks Rolegate about a message, or without one
   * @param start begins the handler
   */
  PendingCall(
      ServerCall<Q, A> call,
      Function<Object, CompletableFuture<Authorized>> question,
      Function<Context, ServerCall.Listener<Q>> start) {
    this.call = call;
    this.question = question;
    this.start = start;
  }

  /** Asks, if it was not done before. */
  void ask(Q message) {
    turns.execute(
        () -> {
          if (!asked) {
            asked = true;
            question
                .apply(message)
                .whenComplete((answer, error) -> turns.execute(() -> decide(answer, error)));
          }
        });
  }

  private void decide(Authorized authorized, Throwable error) {
    if (error != null) {
      Throwable cause = error instanceof CompletionException ? error.getCause() : error;
      refuse(cause instanceof Refusal refusal ? refusal : Refusal.of(cause));
      return;
    }
    if (handler != null) {
      return; // Refused, for the call ended without a message.
    }
    handler = start.apply(context.withValue(RolegateServerInterceptor.AUTHORIZED, authorized));
    early.forEach(event -> event.accept(handler));
    early.clear();
  }

  private void refuse(Refusal refusal) {
    if (handler == null) {
      handler = new ServerCall.Listener<>() {};
      early.clear();
      call.close(refusal.grpcStatus(), new Metadata());
    }
  }

  /** What gRPC does when a handler throws. */
  private void fail(Throwable error) {
    LOG.log(
        Level.SEVERE,
        error,
        () -> call.getMethodDescriptor().getFullMethodName() + " failed in its handler");
    handler = new ServerCall.Listener<>() {};
    early.clear();
    try {
      call.close(
          Status.UNKNOWN.withDescription("Application error processing RPC").withCause(error),
          new Metadata());
    } catch (IllegalStateException closedBefore) {
      LOG.log(Level.FINE, "the call was closed before its handler failed", closedBefore);
    }
  }

  private void tell(Consumer<ServerCall.Listener<Q>> event) {
    turns.execute(
        () -> {
          if (handler == null) {
            early.add(event);
          } else {
            event.accept(handler);
          }
        });
  }

  @Override
  public void onMessage(Q message) {
    tell(listener -> listener.onMessage(message));
    ask(message);
  }

  @Override
  public void onHalfClose() {
    tell(ServerCall.Listener::onHalfClose);
    turns.execute(
        () -> {
          if (!asked) {
            refuse(Refusal.forbidden()); // There is no message to ask about.
          }
        });
  }

  @Override
  public void onCancel() {
    tell(ServerCall.Listener::onCancel);
  }

  @Override
  public void onComplete() {
    tell(ServerCall.Listener::onComplete);
  }

  @Override
  public void onReady() {
    tell(ServerCall.Listener::onReady);
  }
}
