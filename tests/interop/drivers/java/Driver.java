import com.google.protobuf.Empty;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.rolegate.v1.AuthorizationCheck;
import io.rolegate.v1.AuthorizationServiceGrpc;
import io.rolegate.v1.AuthorizeRequest;
import io.rolegate.v1.AuthorizeStreamRequest;
import io.rolegate.v1.AuthorizeStreamResponse;
import io.rolegate.v1.BatchAuthorizeRequest;
import io.rolegate.v1.BatchAuthorizeResponse;
import io.rolegate.v1.Decision;
import io.rolegate.v1.RegistryServiceGrpc;
import io.rolegate.v1.WatchRequest;
import io.rolegate.v1.WatchResponse;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * grpc-java without anything of ours but the generated messages: asks rolegated, and prints an
 * answer a line.
 *
 * <p>Driver TARGET CA TOKEN [CERT KEY]
 */
public final class Driver {
  private static final String REPORT = "arn:aws:s3:::reports/a";
  private static final String SECRET = "arn:aws:s3:::reports/secret/a";
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final Metadata.Key<byte[]> TRACE =
      Metadata.Key.of("x-trace-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Channel channel;
  private final ClientInterceptor caller;

  private Driver(Channel channel, String token) {
    this.channel = channel;
    Metadata metadata = new Metadata();
    metadata.put(AUTHORIZATION, "Bearer " + token);
    this.caller = MetadataUtils.newAttachHeadersInterceptor(metadata);
  }

  private AuthorizationServiceGrpc.AuthorizationServiceBlockingStub anybody() {
    return AuthorizationServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(10, TimeUnit.SECONDS);
  }

  private AuthorizationServiceGrpc.AuthorizationServiceBlockingStub ours() {
    return anybody().withInterceptors(caller);
  }

  private RegistryServiceGrpc.RegistryServiceBlockingStub registry(long milliseconds) {
    return RegistryServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(milliseconds, TimeUnit.MILLISECONDS);
  }

  private HealthGrpc.HealthBlockingStub server() {
    return HealthGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
  }

  private static String name(Decision decision) {
    return decision.name().replace("DECISION_", "");
  }

  private static String names(BatchAuthorizeResponse answer) {
    return answer.getResultsList().stream()
        .map(result -> name(result.getDecision()))
        .collect(Collectors.joining(","));
  }

  private static AuthorizeRequest question(String resource) {
    return AuthorizeRequest.newBuilder().setAction("s3:GetObject").setResource(resource).build();
  }

  private static BatchAuthorizeRequest batch() {
    BatchAuthorizeRequest.Builder request = BatchAuthorizeRequest.newBuilder();
    for (String resource : List.of(REPORT, SECRET)) {
      request.addChecks(
          AuthorizationCheck.newBuilder().setAction("s3:GetObject").setResource(resource));
    }
    return request.build();
  }

  private String stream() throws Exception {
    CompletableFuture<String> done = new CompletableFuture<>();
    List<String> all = new ArrayList<>();
    StreamObserver<AuthorizeStreamRequest> requests =
        AuthorizationServiceGrpc.newStub(channel)
            .withInterceptors(caller)
            .withDeadlineAfter(10, TimeUnit.SECONDS)
            .authorizeStream(
                new StreamObserver<AuthorizeStreamResponse>() {
                  @Override
                  public void onNext(AuthorizeStreamResponse answer) {
                    all.add(answer.getCorrelationId() + ":" + names(answer.getBatch()));
                  }

                  @Override
                  public void onError(Throwable error) {
                    done.complete(String.valueOf(error));
                  }

                  @Override
                  public void onCompleted() {
                    done.complete(String.join(" ", all));
                  }
                });
    for (long id : List.of(7L, 8L)) {
      requests.onNext(
          AuthorizeStreamRequest.newBuilder().setCorrelationId(id).setBatch(batch()).build());
    }
    requests.onCompleted();
    return done.get(20, TimeUnit.SECONDS);
  }

  /** The first message, and what becomes of the call once it is cancelled. */
  private static <T> String giveUp(Callable<Iterator<T>> open, Function<T, String> show)
      throws Exception {
    Context.CancellableContext context = Context.current().withCancellation();
    Iterator<T> call = context.call(open);
    String first = show.apply(call.next());
    context.cancel(null);
    try {
      call.next();
    } catch (StatusRuntimeException error) {
      return first + " " + error.getStatus().getCode();
    }
    return "goes on";
  }

  private static String revision(WatchResponse message) {
    return message.getRevision().length() >= 32 ? "revision" : "none";
  }

  private String details() {
    try {
      anybody().authorize(question(REPORT));
    } catch (StatusRuntimeException error) {
      byte[] found = error.getTrailers().get(DETAILS);
      boolean known =
          found != null && new String(found, StandardCharsets.ISO_8859_1).contains("rolegate.v1");
      return error.getStatus().getCode() + (known ? " True" : " False");
    }
    return "no error";
  }

  private String late() {
    Iterator<WatchResponse> call =
        registry(300).withInterceptors(caller).watch(WatchRequest.getDefaultInstance());
    while (call.hasNext()) {
      call.next();
    }
    return "ended";
  }

  private String binary() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    Metadata metadata = new Metadata();
    metadata.put(TRACE, all);
    return name(
        ours()
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
            .authorize(question(REPORT))
            .getDecision());
  }

  private String wrongMethod() {
    MethodDescriptor<Empty, Empty> method =
        MethodDescriptor.<Empty, Empty>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("rolegate.v1.AuthorizationService/Nothing")
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .build();
    ClientCalls.blockingUnaryCall(
        channel,
        method,
        CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
        Empty.getDefaultInstance());
    return "answered";
  }

  private Map<String, Callable<String>> cases() {
    Map<String, Callable<String>> cases = new LinkedHashMap<>();
    cases.put("allow", () -> name(ours().authorize(question(REPORT)).getDecision()));
    cases.put("deny", () -> name(ours().authorize(question(SECRET)).getDecision()));
    cases.put("batch", () -> names(ours().batchAuthorize(batch())));
    cases.put("stream", this::stream);
    cases.put(
        "watch",
        () ->
            giveUp(
                () ->
                    registry(10000)
                        .withInterceptors(caller)
                        .watch(WatchRequest.getDefaultInstance()),
                Driver::revision));
    cases.put(
        "health",
        () -> server().check(HealthCheckRequest.getDefaultInstance()).getStatus().name());
    cases.put(
        "health watch",
        () ->
            giveUp(
                () -> server().watch(HealthCheckRequest.getDefaultInstance()),
                message -> message.getStatus().name()));
    cases.put("details", this::details);
    cases.put("deadline", this::late);
    cases.put("binary metadata", this::binary);
    cases.put(
        "gzip",
        () ->
            name(
                ours()
                    .withCompression("gzip")
                    .authorize(question(REPORT + "a".repeat(1000)))
                    .getDecision()));
    cases.put(
        "over the limit",
        () -> name(ours().authorize(question("a".repeat(2 << 20))).getDecision()));
    cases.put("wrong method", this::wrongMethod);
    return cases;
  }

  public static void main(String[] arguments) throws Exception {
    ChannelCredentials credentials = InsecureChannelCredentials.create();
    boolean proves = arguments.length > 3;
    if (!arguments[1].equals("-")) {
      TlsChannelCredentials.Builder tls =
          TlsChannelCredentials.newBuilder().trustManager(new File(arguments[1]));
      if (proves) {
        tls.keyManager(new File(arguments[3]), new File(arguments[4]));
      }
      credentials = tls.build();
    }
    ManagedChannel channel = Grpc.newChannelBuilder(arguments[0], credentials).build();
    Driver driver = new Driver(channel, arguments[2]);
    Map<String, Callable<String>> cases = driver.cases();
    if (proves) {
      cases =
          Map.of(
              "mTLS",
              () ->
                  giveUp(
                      () -> driver.registry(10000).watch(WatchRequest.getDefaultInstance()),
                      Driver::revision));
    }
    for (Map.Entry<String, Callable<String>> each : cases.entrySet()) {
      String answer;
      try {
        answer = each.getValue().call();
      } catch (StatusRuntimeException error) {
        answer = error.getStatus().getCode().name();
      }
      System.out.println(each.getKey() + "\t" + answer);
    }
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }
}
