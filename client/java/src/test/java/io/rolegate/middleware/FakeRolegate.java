package io.rolegate.middleware;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.rolegate.RolegateClient;
import io.rolegate.Session;
import io.rolegate.v1.AuthorizationServiceGrpc;
import io.rolegate.v1.AuthorizeRequest;
import io.rolegate.v1.AuthorizeResponse;
import io.rolegate.v1.Decision;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A server that knows these sessions: `good` may do what has no `secret` in its resource, `slow` is
 * never answered, and an error comes of any other that has the error's name.
 */
final class FakeRolegate implements AutoCloseable {
  final List<AuthorizeRequest> asked = new CopyOnWriteArrayList<>();
  final CountDownLatch cancelled = new CountDownLatch(1);
  private final Server server;
  private final RolegateClient client;

  FakeRolegate() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(new Service())
            .build()
            .start();
    client =
        RolegateClient.builder("127.0.0.1:" + server.getPort())
            .timeout(Duration.ofSeconds(3))
            .build();
  }

  Session session(String token) {
    return client.forToken(token);
  }

  void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws InterruptedException {
    client.close();
    stop();
  }

  private final class Service extends AuthorizationServiceGrpc.AuthorizationServiceImplBase {
    @Override
    public void authorize(AuthorizeRequest request, StreamObserver<AuthorizeResponse> observer) {
      asked.add(request);
      String token = request.getSessionToken();
      switch (token) {
        case "good" -> {
          boolean allowed = !request.getResource().contains("secret");
          observer.onNext(
              AuthorizeResponse.newBuilder()
                  .setDecision(allowed ? Decision.DECISION_ALLOW : Decision.DECISION_IMPLICIT_DENY)
                  .setReason("the policy `TopSecret` says so")
                  .setDecisionId("decision-1")
                  .build());
          observer.onCompleted();
        }
        case "slow" ->
            ((ServerCallStreamObserver<AuthorizeResponse>) observer)
                .setOnCancelHandler(cancelled::countDown);
        case "ExpiredToken", "InvalidClientTokenId", "MissingAuthenticationToken" ->
            observer.onError(error(Status.UNAUTHENTICATED, token));
        case "ValidationError" -> observer.onError(error(Status.INVALID_ARGUMENT, token));
        default -> observer.onError(error(Status.INTERNAL, token));
      }
    }
  }

  private static StatusRuntimeException error(Status status, String name) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(status.getCode().value())
            .setMessage("the policy `TopSecret` says so")
            .addDetails(Any.pack(ErrorInfo.newBuilder().setReason(name).build()))
            .build());
  }
}
