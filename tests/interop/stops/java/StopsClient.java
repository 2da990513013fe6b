import com.google.gson.Gson;
import io.grpc.Channel;
import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.rolegate.v1.AuthorizationCheck;
import io.rolegate.v1.AuthorizationServiceGrpc;
import io.rolegate.v1.AuthorizeRequest;
import io.rolegate.v1.AuthorizeResponse;
import io.rolegate.v1.AuthorizeStreamRequest;
import io.rolegate.v1.AuthorizeStreamResponse;
import io.rolegate.v1.BatchAuthorizeRequest;
import io.rolegate.v1.Decision;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Keeps calls in flight through a bare gRPC channel; see ../README.md. */
public final class StopsClient {
  /** A call that takes longer hangs. */
  private static final int DEADLINE_SECONDS = 30;

  private static final String ACTION = "s3:GetObject";

  static final class Order {
    List<String> targets;
    String token;
    int calls;
    int streams;
    int window;
    int messages;
    int large;
  }

  static final class Counts {
    final Map<String, Integer> answered = new TreeMap<>();
    final Map<String, Integer> failures = new TreeMap<>();
    final Map<String, Integer> streamed = new TreeMap<>();
    final Map<String, Integer> ends = new TreeMap<>();
    final List<String> unanswered = new ArrayList<>();
    final Map<String, Integer> faults = new TreeMap<>();
    boolean last;
  }

  /** A message on its way. */
  record Sent(long id, String name, Decision expected, int checks) {}

  /** The addresses of the order, as a name with several addresses has them. */
  static final class Replicas extends NameResolverProvider {
    private final List<EquivalentAddressGroup> groups = new ArrayList<>();

    Replicas(List<String> targets) {
      for (String target : targets) {
        int colon = target.lastIndexOf(':');
        groups.add(
            new EquivalentAddressGroup(
                new InetSocketAddress(
                    target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)))));
      }
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return "replicas";
        }

        @Override
        public void start(Listener2 listener) {
          listener.onResult(ResolutionResult.newBuilder().setAddressesOrError(StatusOr.fromValue(groups)).build());
        }

        @Override
        public void shutdown() {}
      };
    }

    @Override
    public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
      return Collections.singleton(InetSocketAddress.class);
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return "list";
    }
  }

  private final Order order;
  private final Channel channel;
  private final Counts counts = new Counts();
  private volatile boolean ended;

  StopsClient(Order order, Channel channel) {
    this.order = order;
    this.channel = channel;
  }

  private void count(Map<String, Integer> kept, String name) {
    synchronized (counts) {
      kept.merge(name, 1, Integer::sum);
    }
  }

  private static String told(Status status) {
    return status.getCode() + ": " + status.getDescription();
  }

  /** A resource that may be read if `n` is even. */
  private static String resource(long n, String name) {
    return (n % 2 == 0 ? "arn:aws:s3:::reports/" : "arn:aws:s3:::reports/secret/") + name;
  }

  private static Decision decision(long n) {
    return n % 2 == 0 ? Decision.DECISION_ALLOW : Decision.DECISION_EXPLICIT_DENY;
  }

  private void call() {
    var stub = AuthorizationServiceGrpc.newBlockingStub(channel);
    for (int n = 0; !ended; ++n) {
      var request =
          AuthorizeRequest.newBuilder().setAction(ACTION).setResource(resource(n, "a")).build();
      try {
        AuthorizeResponse answer =
            stub.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS).authorize(request);
        if (answer.getDecision() == decision(n)) {
          count(counts.answered, answer.getRegistryRevision());
        } else {
          count(counts.failures, "a wrong decision");
        }
      } catch (StatusRuntimeException error) {
        count(counts.failures, told(error.getStatus()));
      }
    }
  }

  /**
   * Sends messages, a window of them ahead of the answers, and ends after so many, or when the
   * server ends it.
   */
  private final class OneStream implements StreamObserver<AuthorizeStreamResponse> {
    private final String prefix;
    private final boolean endless;
    private final ArrayDeque<Sent> waiting = new ArrayDeque<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private StreamObserver<AuthorizeStreamRequest> requests;
    private long sent;
    private boolean closed;

    OneStream(String prefix, boolean endless) {
      this.prefix = prefix;
      this.endless = endless;
    }

    synchronized void start() {
      var stub = AuthorizationServiceGrpc.newStub(channel);
      if (!endless) stub = stub.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
      requests = stub.authorizeStream(this);
      for (int i = 0; i < order.window; ++i) send();
    }

    private void send() {
      if (closed) return;
      if (ended || (sent == order.messages && !endless)) {
        closed = true;
        requests.onCompleted();
        return;
      }
      long n = ++sent;
      String name = prefix + "-" + n + ".";
      int checks = n % 20 == 0 ? order.large : 1;
      waiting.add(new Sent(n, name, decision(n), checks));
      var check =
          AuthorizationCheck.newBuilder().setAction(ACTION).setResource(resource(n, name)).build();
      var batch = BatchAuthorizeRequest.newBuilder();
      for (int i = 0; i < checks; ++i) batch.addChecks(check);
      requests.onNext(
          AuthorizeStreamRequest.newBuilder().setCorrelationId(n).setBatch(batch).build());
    }

    private String wrong(AuthorizeStreamResponse answer) {
      Sent first = waiting.peek();
      if (first == null || first.id() != answer.getCorrelationId()) {
        return "an answer out of order";
      }
      if (answer.hasError()) {
        return "refused: " + answer.getError().getCode() + ": " + answer.getError().getMessage();
      }
      var results = answer.getBatch().getResultsList();
      if (results.size() != first.checks()) return results.size() + " results";
      for (var each : results) {
        if (each.getDecision() != first.expected()) return "a wrong decision";
      }
      return null;
    }

    @Override
    public synchronized void onNext(AuthorizeStreamResponse answer) {
      String fault = wrong(answer);
      if (fault != null) {
        count(counts.faults, fault);
        return;
      }
      waiting.remove();
      count(counts.streamed, answer.getBatch().getRegistryRevision());
      send();
    }

    private void end(String name) {
      synchronized (counts) {
        counts.ends.merge(name, 1, Integer::sum);
        if (name.equals("OK") && !waiting.isEmpty()) {
          counts.faults.merge("answers are missing at the end", 1, Integer::sum);
        }
        for (Sent one : waiting) counts.unanswered.add(one.name());
      }
      over.countDown();
    }

    @Override
    public synchronized void onError(Throwable error) {
      closed = true;
      end(told(Status.fromThrowable(error)));
    }

    @Override
    public synchronized void onCompleted() {
      closed = true;
      end("OK");
    }
  }

  private void stream(int worker) {
    for (int round = 0; !ended; ++round) {
      var one = new OneStream("stream-java-" + worker + "-" + round, worker % 2 == 1);
      one.start();
      try {
        one.over.await();
      } catch (InterruptedException stop) {
        return;
      }
    }
  }

  private void report(boolean last) {
    synchronized (counts) {
      counts.last = last;
      System.out.println(new Gson().toJson(counts));
    }
  }

  public static void main(String[] arguments) throws Exception {
    Order order = new Gson().fromJson(arguments[0], Order.class);
    NameResolverRegistry.getDefaultRegistry().register(new Replicas(order.targets));
    var metadata = new Metadata();
    metadata.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + order.token);
    ManagedChannel channel =
        ManagedChannelBuilder.forTarget("list:///replicas")
            .usePlaintext()
            .defaultLoadBalancingPolicy("round_robin")
            .intercept(MetadataUtils.newAttachHeadersInterceptor(metadata))
            .build();
    var client = new StopsClient(order, channel);
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < order.calls; ++i) workers.add(new Thread(client::call));
    for (int i = 0; i < order.streams; ++i) {
      int worker = i;
      workers.add(new Thread(() -> client.stream(worker)));
    }
    for (Thread worker : workers) worker.start();
    var input = new BufferedReader(new InputStreamReader(System.in));
    while (input.readLine() != null) client.report(false);
    client.ended = true;
    for (Thread worker : workers) worker.join();
    client.report(true);
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }
}
