package io.rolegate;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.rolegate.v1.AuthorizationServiceGrpc;
import io.rolegate.v1.AuthorizationServiceGrpc.AuthorizationServiceBlockingStub;
import io.rolegate.v1.AuthorizeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What the client costs over its bare stub, in turns; client/conformance/README.md. */
final class Overhead {
  private static final int ROUNDS = 7;
  private static final int WARM_UP_SECONDS = 3;
  private static final String ACTION = "s3:GetObject";
  private static final String RESOURCE = "arn:aws:s3:::example-bucket/a";

  private Overhead() {}

  private record Figures(double p50Micros, double callsPerSecond) {}

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private static Figures measure(
      ExecutorService threads, int inFlight, double seconds, Callable<?> ask) throws Exception {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    Callable<List<Double>> caller =
        () -> {
          List<Double> times = new ArrayList<>();
          for (long begin = System.nanoTime(); begin < end; ) {
            ask.call();
            long now = System.nanoTime();
            times.add((now - begin) / 1e3);
            begin = now;
          }
          return times;
        };
    List<Future<List<Double>>> callers = new ArrayList<>();
    for (int i = 0; i < inFlight; i++) {
      callers.add(threads.submit(caller));
    }
    List<Double> together = new ArrayList<>();
    for (Future<List<Double>> each : callers) {
      together.addAll(each.get());
    }
    return new Figures(median(together), together.size() / seconds);
  }

  private static String row(
      ExecutorService threads, int inFlight, double seconds, Callable<?> stub, Callable<?> client)
      throws Exception {
    measure(threads, inFlight, WARM_UP_SECONDS, stub);
    measure(threads, inFlight, WARM_UP_SECONDS, client);
    List<Figures> byStub = new ArrayList<>();
    List<Figures> byClient = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      for (boolean ours : new boolean[] {i % 2 == 0, i % 2 != 0}) {
        (ours ? byClient : byStub).add(measure(threads, inFlight, seconds, ours ? client : stub));
      }
    }
    return String.format(
        Locale.ROOT,
        "\"%d\":{\"stub_p50_us\":%.1f,\"client_p50_us\":%.1f,"
            + "\"stub_calls_per_s\":%.0f,\"client_calls_per_s\":%.0f}",
        inFlight,
        median(byStub.stream().map(Figures::p50Micros).toList()),
        median(byClient.stream().map(Figures::p50Micros).toList()),
        median(byStub.stream().map(Figures::callsPerSecond).toList()),
        median(byClient.stream().map(Figures::callsPerSecond).toList()));
  }

  public static void main(String[] args) throws Exception {
    double seconds = Double.parseDouble(args[2]);
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(args[0], InsecureChannelCredentials.create()).build();
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + args[1]);
    AuthorizationServiceBlockingStub bare =
        AuthorizationServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    RolegateClient client =
        RolegateClient.builder(args[0]).plaintext(true).sessionToken(args[1]).build();
    Session session = client.caller();
    Callable<?> byStub =
        () ->
            bare.withDeadlineAfter(5, TimeUnit.SECONDS)
                .authorize(
                    AuthorizeRequest.newBuilder().setAction(ACTION).setResource(RESOURCE).build());
    Callable<?> byClient = () -> session.authorize(ACTION, RESOURCE);
    ExecutorService threads = Executors.newFixedThreadPool(64);
    System.out.printf(
        "{\"client\":\"java\",%s,%s}%n",
        row(threads, 1, seconds, byStub, byClient), row(threads, 64, seconds, byStub, byClient));
    System.exit(0);
  }
}
