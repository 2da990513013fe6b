package io.rolegate.middleware;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.rolegate.Session;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.logging.Logger;

/**
 * Lets a gRPC call reach its handler only if Rolegate allows it.
 *
 * <pre>{@code
 * ServerBuilder.forPort(8080)
 *     .addService(new Orders())
 *     .intercept(new RolegateServerInterceptor(session::forToken, rules))
 *     .build();
 * }</pre>
 *
 * <p>A call is asked about once, when it begins. Where a rule has placeholders the request is read
 * first, so that such rules are for methods with one request; a method with a stream of them is
 * refused by such a rule, and its handler must ask by itself.
 *
 * <p>No thread waits for the answer. The handler goes on with the thread that brings it, one of the
 * pool that gRPC's channels and servers share by default. Calls end with {@code UNAUTHENTICATED},
 * {@code PERMISSION_DENIED}, and {@code UNAVAILABLE} where Rolegate cannot be asked. Safe for use
 * by several threads.
 */
public final class RolegateServerInterceptor implements ServerInterceptor {
  static final Context.Key<Authorized> AUTHORIZED = Context.key("io.rolegate.authorized");

  private static final Logger LOG = Logger.getLogger("io.rolegate");

  private final Guard guard;
  private final Metadata.Key<String> key;
  private final RpcTable table;

  /**
   * An interceptor that takes the session from the metadata {@code authorization: Bearer TOKEN}.
   *
   * @param sessions whose answers count: {@code client::forToken}, or {@code session::forToken}
   *     where the service itself has a session
   * @param rules the table; the first rule that matches holds
   * @throws IllegalArgumentException for a table that is wrong; the message names the rule
   */
  public RolegateServerInterceptor(Function<String, Session> sessions, List<Rule> rules) {
    this(sessions, rules, "authorization");
  }

  /**
   * An interceptor that takes the session from other metadata, whose whole value is the token.
   *
   * @param sessions as above
   * @param rules as above
   * @param header the metadata's name
   * @throws IllegalArgumentException for a table that is wrong; the message names the rule
   */
  public RolegateServerInterceptor(
      Function<String, Session> sessions, List<Rule> rules, String header) {
    guard = new Guard(sessions, header);
    key = Metadata.Key.of(guard.header(), Metadata.ASCII_STRING_MARSHALLER);
    table = new RpcTable(rules);
  }

  /**
   * What was asked about the call that the present thread handles; empty for one that a public rule
   * let pass, and for one that no interceptor saw.
   *
   * @return the question and its answer
   */
  public static Optional<Authorized> authorized() {
    return Optional.ofNullable(AUTHORIZED.get());
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    try {
      Need need =
          table
              .match("/" + call.getMethodDescriptor().getFullMethodName())
              .orElseThrow(Refusal::forbidden);
      if (need.isPublic()) {
        return next.startCall(call, headers);
      }
      Iterable<String> values = headers.getAll(key);
      Session session =
          guard.session(values == null ? Collections.emptyIterator() : values.iterator());
      boolean aboutMessage = !need.names().isEmpty();
      if (aboutMessage && !call.getMethodDescriptor().getType().clientSendsOneMessage()) {
        LOG.warning(
            () ->
                call.getMethodDescriptor().getFullMethodName()
                    + " is refused, for its requests are a stream and its rule names fields");
        throw Refusal.forbidden();
      }
      PendingCall<Q, A> pending =
          new PendingCall<>(
              call,
              message -> guard.askLater(session, RpcTable.check(need, message)),
              context -> Contexts.interceptCall(context, call, headers, next));
      if (aboutMessage) {
        call.request(2); // As gRPC's own handlers do, to hear of a second message too.
      } else {
        pending.ask(null);
      }
      return pending;
    } catch (Refusal refusal) {
      call.close(refusal.grpcStatus(), new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }
}
