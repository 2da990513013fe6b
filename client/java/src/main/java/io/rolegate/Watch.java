package io.rolegate;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.rolegate.v1.RegistryServiceGrpc;
import io.rolegate.v1.WatchRequest;
import io.rolegate.v1.WatchResponse;
import java.util.Iterator;

/** Tells the revisions of the registry. For one thread. */
public final class Watch implements AutoCloseable {
  private final Context.CancellableContext context = Context.current().withCancellation();
  private final Iterator<WatchResponse> responses;

  Watch(RegistryServiceGrpc.RegistryServiceBlockingStub stub, WatchRequest request) {
    Context previous = context.attach();
    try {
      responses = stub.watch(request);
    } finally {
      context.detach(previous);
    }
  }

  /**
   * Waits for a revision, the present one first.
   *
   * @return the revision
   * @throws RolegateException when the server stops or the call breaks: watch again then
   */
  public String next() {
    try {
      return responses.next().getRevision();
    } catch (StatusRuntimeException e) {
      throw RolegateException.of(e);
    }
  }

  /** Ends the call. */
  @Override
  public void close() {
    context.cancel(null);
  }
}
