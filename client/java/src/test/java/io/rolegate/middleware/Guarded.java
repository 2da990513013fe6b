package io.rolegate.middleware;

import com.google.gson.JsonObject;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.rolegate.v1.GetRoleRequest;
import io.rolegate.v1.GetRoleResponse;
import io.rolegate.v1.GetStatusRequest;
import io.rolegate.v1.GetStatusResponse;
import io.rolegate.v1.ListRolesRequest;
import io.rolegate.v1.ListRolesResponse;
import io.rolegate.v1.RegistryServiceGrpc;
import io.rolegate.v1.RoleSummary;
import io.rolegate.v1.WatchRequest;
import io.rolegate.v1.WatchResponse;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Services that the middleware guards, each in the real framework. */
public final class Guarded implements AutoCloseable {
  private final String address;
  private final AtomicInteger handled;
  private final AutoCloseable server;

  private Guarded(int port, AtomicInteger handled, AutoCloseable server) {
    this.address = "127.0.0.1:" + port;
    this.handled = handled;
    this.server = server;
  }

  /** Where it listens. */
  public String address() {
    return address;
  }

  /** How many calls reached the handlers. */
  public int handled() {
    return handled.get();
  }

  @Override
  public void close() throws Exception {
    server.close();
  }

  private static String body(Optional<Authorized> authorized) {
    JsonObject body = new JsonObject();
    body.addProperty("action", authorized.map(Authorized::action).orElse(""));
    body.addProperty("resource", authorized.map(Authorized::resource).orElse(""));
    body.addProperty("decision_id", authorized.map(it -> it.decision().decisionId()).orElse(""));
    return body.toString();
  }

  /** A servlet in Jetty, which answers `/forward` by another servlet and `/boom` by throwing. */
  public static Guarded jetty(RolegateFilter filter) throws Exception {
    AtomicInteger handled = new AtomicInteger();
    org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
    HttpConfiguration configuration = new HttpConfiguration();
    // Jetty refuses a percent sign in a segment by itself; here the rules say what is refused.
    configuration.setUriCompliance(UriCompliance.from("DEFAULT,AMBIGUOUS_PATH_ENCODING"));
    ServerConnector connector =
        new ServerConnector(server, new HttpConnectionFactory(configuration));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addFilter(new FilterHolder(filter), "/*", EnumSet.allOf(DispatcherType.class));
    context.addServlet(
        new ServletHolder(
            new HttpServlet() {
              @Override
              protected void service(HttpServletRequest request, HttpServletResponse response)
                  throws IOException, jakarta.servlet.ServletException {
                if (request.getServletPath().equals("/forward")) {
                  request.getRequestDispatcher("/elsewhere").forward(request, response);
                  return;
                }
                handled.incrementAndGet();
                if (request.getServletPath().equals("/boom")) {
                  throw new IOException("boom");
                }
                response.setContentType("application/json");
                response.getWriter().print(body(RolegateFilter.authorized(request)));
              }
            }),
        "/");
    context.getServletHandler().setDecodeAmbiguousURIs(true);
    server.setHandler(context);
    server.start();
    return new Guarded(connector.getLocalPort(), handled, server::stop);
  }

  /** A controller of Spring MVC in Tomcat, started by Spring Boot. */
  public static Guarded spring(RolegateAuthorizationManager manager) {
    AtomicInteger handled = new AtomicInteger();
    ConfigurableApplicationContext context =
        new SpringApplicationBuilder(Application.class)
            .initializers(
                (GenericApplicationContext it) -> {
                  it.registerBean(RolegateAuthorizationManager.class, () -> manager);
                  it.registerBean(Controller.class, () -> new Controller(handled));
                })
            .registerShutdownHook(false)
            .properties(
                "server.address=127.0.0.1",
                "server.port=0",
                "server.tomcat.accept-count=200",
                "spring.main.banner-mode=off")
            .run();
    int port = Integer.parseInt(context.getEnvironment().getProperty("local.server.port"));
    return new Guarded(port, handled, context);
  }

  /** What a service with Spring Security writes. */
  @SpringBootConfiguration
  @EnableAutoConfiguration
  static class Application {
    @Bean
    SecurityFilterChain security(HttpSecurity http, RolegateAuthorizationManager rolegate)
        throws Exception {
      return http.authorizeHttpRequests(requests -> requests.anyRequest().access(rolegate))
          .exceptionHandling(
              answers -> answers.authenticationEntryPoint(rolegate).accessDeniedHandler(rolegate))
          .sessionManagement(each -> each.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
          .csrf(AbstractHttpConfigurer::disable)
          .build();
    }

    /** Spring refuses a percent sign in a segment by itself; here the rules say what is refused. */
    @Bean
    HttpFirewall firewall() {
      StrictHttpFirewall firewall = new StrictHttpFirewall();
      firewall.setAllowUrlEncodedPercent(true);
      return firewall;
    }
  }

  /** Answers every path. */
  @RestController
  static class Controller {
    private final AtomicInteger handled;

    Controller(AtomicInteger handled) {
      this.handled = handled;
    }

    @RequestMapping(value = "/**", produces = "application/json")
    String answer(HttpServletRequest request) {
      handled.incrementAndGet();
      if (request.getServletPath().equals("/boom")) {
        throw new IllegalStateException("boom");
      }
      return body(RolegateAuthorizationManager.authorized(request));
    }
  }

  /** A registry service over gRPC. */
  public static Guarded grpc(RolegateServerInterceptor interceptor) throws IOException {
    AtomicInteger handled = new AtomicInteger();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(new Registry(handled))
            .intercept(interceptor)
            .build()
            .start();
    return new Guarded(
        server.getPort(),
        handled,
        () -> server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS));
  }

  private static final class Registry extends RegistryServiceGrpc.RegistryServiceImplBase {
    private final AtomicInteger handled;

    Registry(AtomicInteger handled) {
      this.handled = handled;
    }

    private static <T> void answer(StreamObserver<T> observer, T answer) {
      observer.onNext(answer);
      observer.onCompleted();
    }

    private RoleSummary role() {
      handled.incrementAndGet();
      RoleSummary.Builder role = RoleSummary.newBuilder();
      RolegateServerInterceptor.authorized()
          .ifPresent(
              it ->
                  role.setArn(it.action())
                      .setRoleName(it.resource())
                      .setRoleId(it.decision().decisionId()));
      return role.build();
    }

    private String decisionId() {
      handled.incrementAndGet();
      return RolegateServerInterceptor.authorized()
          .map(it -> it.decision().decisionId())
          .orElse("");
    }

    @Override
    public void getRole(GetRoleRequest request, StreamObserver<GetRoleResponse> observer) {
      if (request.getRoleArn().equals("boom")) {
        throw new IllegalStateException("boom");
      }
      answer(observer, GetRoleResponse.newBuilder().setRole(role()).build());
    }

    @Override
    public void listRoles(ListRolesRequest request, StreamObserver<ListRolesResponse> observer) {
      answer(observer, ListRolesResponse.newBuilder().addRoles(role()).build());
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
      answer(observer, GetStatusResponse.newBuilder().setRevision(decisionId()).build());
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<WatchResponse> observer) {
      answer(observer, WatchResponse.newBuilder().setRevision(decisionId()).build());
    }
  }
}
