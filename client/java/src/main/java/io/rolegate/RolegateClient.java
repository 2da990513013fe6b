package io.rolegate;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.rolegate.v1.AssumeRoleResponse;
import io.rolegate.v1.AssumeRoleWithSAMLResponse;
import io.rolegate.v1.AssumeRoleWithWebIdentityResponse;
import io.rolegate.v1.DecodeAuthorizationMessageRequest;
import io.rolegate.v1.GetCallerIdentityRequest;
import io.rolegate.v1.GetCallerIdentityResponse;
import io.rolegate.v1.GetSigningKeysRequest;
import io.rolegate.v1.RegistryServiceGrpc;
import io.rolegate.v1.SecurityTokenServiceGrpc;
import io.rolegate.v1.WatchRequest;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A connection to a server, and who calls over it. Safe for use by several threads.
 *
 * <pre>{@code
 * try (RolegateClient client = RolegateClient.builder("dns:///rolegate:8470").build()) {
 *   Session session = client.assumeRole(AssumeRole.of(roleArn, "shop"));
 *   if (session.isAllowed("s3:GetObject", "arn:aws:s3:::reports/1")) { ... }
 * }
 * }</pre>
 *
 * <p>Every call has a deadline. Calls that found no server, and those that came too early, are
 * tried again within it; nothing else is. Whatever goes wrong, {@code isAllowed} says no.
 */
public final class RolegateClient implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> PRINCIPAL =
      Metadata.Key.of("rolegate-principal", Metadata.ASCII_STRING_MARSHALLER);

  // The service tells gRPC not to try again what would fail again.  A call that finds no
  // connection waits for one within its deadline.
  private static final Map<String, ?> SERVICE_CONFIG =
      Map.of(
          "loadBalancingConfig", List.of(Map.of("round_robin", Map.of())),
          "methodConfig",
              List.of(
                  Map.of(
                      "name", List.of(Map.of()),
                      "waitForReady", true,
                      "retryPolicy",
                          Map.of(
                              "maxAttempts",
                              5.0,
                              "initialBackoff",
                              "0.2s",
                              "maxBackoff",
                              "2s",
                              "backoffMultiplier",
                              2.0,
                              "retryableStatusCodes",
                              List.of("UNAVAILABLE", "RESOURCE_EXHAUSTED")))));

  private final ManagedChannel channel;
  private final EventLoopGroup ownLoop; // of a Unix socket, else null
  private final Channel identified; // says who calls, where the client was told
  private final Duration timeout;

  private RolegateClient(Builder builder) {
    boolean unix = builder.target.startsWith("unix:");
    ownLoop = unix ? new EpollEventLoopGroup(1) : null;
    NettyChannelBuilder channels =
        unix
            ? NettyChannelBuilder.forAddress(
                    new DomainSocketAddress(builder.target.substring("unix:".length())),
                    builder.credentials())
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(ownLoop)
                .overrideAuthority("localhost")
            : NettyChannelBuilder.forTarget(builder.target, builder.credentials());
    channel =
        channels
            .defaultServiceConfig(SERVICE_CONFIG)
            .enableRetry()
            .keepAliveTime(30, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS)
            .build();
    identified =
        builder.sessionToken != null
            ? bearer(builder.sessionToken)
            : builder.principal != null ? with(PRINCIPAL, builder.principal) : channel;
    timeout = builder.timeout;
  }

  /**
   * A client of the server at {@code target}: {@code HOST:PORT}, {@code dns:///NAME:PORT}, whose
   * calls are spread over all its addresses, or {@code unix:/path} (on Linux).
   *
   * @param target where the server is
   * @return a builder, to say more
   */
  public static Builder builder(String target) {
    return new Builder(target);
  }

  /**
   * The session that the environment describes, all that a pod needs.
   *
   * <p>{@code ROLEGATE_SERVER} is the target; {@code ROLEGATE_TLS_CA}, {@code ROLEGATE_TLS_CERT}
   * and {@code ROLEGATE_TLS_KEY} are files in PEM. Then holds the first of these that is there:
   * {@code ROLEGATE_SESSION_TOKEN}, a session that stands ready; {@code ROLEGATE_ROLE_ARN} with
   * {@code ROLEGATE_WEB_IDENTITY_TOKEN_FILE}, by that token, which is read again at each renewal;
   * {@code ROLEGATE_ROLE_ARN} alone, by who the connection is. Without any of them the connection
   * says who is calling.
   *
   * <p>{@code ROLEGATE_ROLE_SESSION_NAME} names the session; by default the host does.
   *
   * @return the session; {@link Session#client} is its connection, to be closed at the end
   * @throws RolegateException if the session is refused, or there is no answer
   * @throws IllegalStateException if {@code ROLEGATE_SERVER} is not set
   * @throws UncheckedIOException for a file that cannot be read
   */
  public static Session fromEnvironment() {
    return Environment.session(System.getenv());
  }

  /** Ends the connection. Sessions of the client are of no more use. */
  @Override
  public void close() {
    channel.shutdownNow();
    if (ownLoop != null) {
      ownLoop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  /**
   * A session of a role, which renews itself before it ends.
   *
   * @param role which role, and how
   * @return the session
   * @throws RolegateException if the session is refused, or there is no answer
   */
  public Session assumeRole(AssumeRole role) {
    return Session.start(
        this,
        role.renewBefore(),
        () -> {
          AssumeRoleResponse response = call(() -> sts(identified).assumeRole(role.request()));
          return Credentials.of(response.getCredentials(), response.getAssumedRoleUser());
        });
  }

  /**
   * A session for the holder of an identity provider's token. Needs no other caller.
   *
   * @param role which role, and how
   * @param token the provider's token
   * @return the session
   * @throws RolegateException if the session is refused, or there is no answer
   * @throws UncheckedIOException for a token file that cannot be read
   */
  public Session assumeRoleWithWebIdentity(AssumeRole role, AssumeRole.WebIdentityToken token) {
    return Session.start(
        this,
        role.renewBefore(),
        () -> {
          AssumeRoleWithWebIdentityResponse response =
              call(() -> sts(channel).assumeRoleWithWebIdentity(role.webIdentityRequest(token)));
          return Credentials.of(response.getCredentials(), response.getAssumedRoleUser());
        });
  }

  /**
   * A session for the subject of a SAML response in base64, which names the session. Needs no other
   * caller. A response is good for minutes, so that such a session is used until it ends rather
   * than renewed.
   *
   * @param role which role, and how
   * @param principalArn the identity provider's ARN
   * @param samlAssertion the response; a secret
   * @return the session
   * @throws RolegateException if the session is refused, or there is no answer
   */
  public Session assumeRoleWithSaml(AssumeRole role, String principalArn, String samlAssertion) {
    return Session.start(
        this,
        role.renewBefore(),
        () -> {
          AssumeRoleWithSAMLResponse response =
              call(
                  () ->
                      sts(channel)
                          .assumeRoleWithSAML(role.samlRequest(principalArn, samlAssertion)));
          return Credentials.of(response.getCredentials(), response.getAssumedRoleUser());
        });
  }

  /**
   * The session that somebody brought, to ask what they may do. This client stays the caller; the
   * session is what is asked about.
   *
   * @param sessionToken the token; whatever is wrong with it is told when it is asked about
   * @return the session
   * @throws IllegalArgumentException if the token is empty, for that would ask about the caller
   */
  public Session forToken(String sessionToken) {
    return caller().forToken(sessionToken);
  }

  /**
   * The client's own caller, who asks about itself.
   *
   * @return a session that has no credentials of its own
   */
  public Session caller() {
    return Session.caller(this);
  }

  /**
   * Who is calling.
   *
   * @return the identity
   * @throws RolegateException if there is no answer
   */
  public Identity getCallerIdentity() {
    return identity(identified);
  }

  Identity identity(Channel caller) {
    GetCallerIdentityResponse response =
        call(() -> sts(caller).getCallerIdentity(GetCallerIdentityRequest.getDefaultInstance()));
    return new Identity(response.getAccount(), response.getArn(), response.getUserId());
  }

  /**
   * The service's public keys, a JSON Web Key Set.
   *
   * @return the set as JSON
   * @throws RolegateException if there is no answer
   */
  public String getSigningKeys() {
    return call(() -> sts(identified).getSigningKeys(GetSigningKeysRequest.getDefaultInstance()))
        .getJwks();
  }

  /**
   * The record of a refusal as JSON, for administrators.
   *
   * @param encodedMessage what a denial or a refusal brought
   * @return the record as JSON
   * @throws RolegateException if it was not sealed by this service, or the caller is no
   *     administrator
   */
  public String decodeAuthorizationMessage(String encodedMessage) {
    DecodeAuthorizationMessageRequest request =
        DecodeAuthorizationMessageRequest.newBuilder().setEncodedMessage(encodedMessage).build();
    return call(() -> sts(identified).decodeAuthorizationMessage(request)).getDecodedMessage();
  }

  /**
   * The revisions of the registry; close it when you have seen enough.
   *
   * @return the revisions
   */
  public Watch watch() {
    return watch(identified);
  }

  Watch watch(Channel caller) {
    return new Watch(
        RegistryServiceGrpc.newBlockingStub(caller), WatchRequest.getDefaultInstance());
  }

  private SecurityTokenServiceGrpc.SecurityTokenServiceBlockingStub sts(Channel caller) {
    return inTime(SecurityTokenServiceGrpc.newBlockingStub(caller));
  }

  /** What the client was told of who calls. */
  Channel identified() {
    return identified;
  }

  /** The connection as the session calls over it. */
  Channel bearer(String token) {
    return with(AUTHORIZATION, "Bearer " + token);
  }

  private Channel with(Metadata.Key<String> key, String value) {
    Metadata headers = new Metadata();
    headers.put(key, value);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** A stub whose call ends in time. */
  <S extends AbstractStub<S>> S inTime(S stub) {
    return stub.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  static <T> T call(Supplier<T> ask) {
    try {
      return ask.get();
    } catch (StatusRuntimeException e) {
      throw RolegateException.of(e);
    }
  }

  /** How to reach a server, and who calls. */
  public static final class Builder {
    private final String target;
    private File ca;
    private File cert;
    private File key;
    private Boolean plaintext;
    private String principal;
    private String sessionToken;
    private Duration timeout = Duration.ofSeconds(5);

    private Builder(String target) {
      this.target = target;
    }

    /**
     * A file in PEM whose certificates the server's must come from, in place of the system's.
     *
     * @param ca the file
     * @return this builder
     */
    public Builder ca(File ca) {
      this.ca = ca;
      return this;
    }

    /**
     * Files in PEM of a client certificate and its key (PKCS 8), for mTLS.
     *
     * @param cert the certificate, with those between it and its root
     * @param key its key
     * @return this builder
     */
    public Builder certificate(File cert, File key) {
      this.cert = cert;
      this.key = key;
      return this;
    }

    /**
     * Whether to do without TLS. By default only Unix sockets and loopback are spoken to without
     * it.
     *
     * @param plaintext whether to do without
     * @return this builder
     */
    public Builder plaintext(boolean plaintext) {
      this.plaintext = plaintext;
      return this;
    }

    /**
     * Who calls, a user's ARN or {@code service:NAME}, where the listener lets callers say it.
     *
     * @param principal the name
     * @return this builder
     */
    public Builder principal(String principal) {
      this.principal = principal;
      return this;
    }

    /**
     * A session that is the caller, or a token of an issuer that the listener maps.
     *
     * @param sessionToken the token; a secret
     * @return this builder
     */
    public Builder sessionToken(String sessionToken) {
      this.sessionToken = sessionToken;
      return this;
    }

    /**
     * The deadline of every call, tries included. Default five seconds.
     *
     * @param timeout the time
     * @return this builder
     */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /**
     * Makes the client. Does not wait for the server.
     *
     * @return the client; close it at the end
     * @throws UncheckedIOException for a file that cannot be read
     */
    public RolegateClient build() {
      return new RolegateClient(this);
    }

    private ChannelCredentials credentials() {
      boolean plain = plaintext != null ? plaintext : isLocal(target) && ca == null && cert == null;
      if (plain) {
        return InsecureChannelCredentials.create();
      }
      TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
      try {
        if (ca != null) {
          tls.trustManager(ca);
        }
        if (cert != null) {
          tls.keyManager(cert, key);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
      return tls.build();
    }

    private static boolean isLocal(String target) {
      String host = target.startsWith("dns:///") ? target.substring("dns:///".length()) : target;
      return target.startsWith("unix:")
          || host.startsWith("127.")
          || host.startsWith("localhost:")
          || host.startsWith("[::1]:");
    }
  }
}
