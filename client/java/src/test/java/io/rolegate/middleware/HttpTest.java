package io.rolegate.middleware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the filter does in Jetty, and the authorization manager in Tomcat. */
class HttpTest {
  private static final List<Rule> RULES =
      List.of(
          Rule.http("GET", "/healthz").asPublic(),
          Rule.http("GET", "/orders/latest").action("orders:GetLatest").resource("*"),
          Rule.http("GET", "/orders/{id}")
              .action("orders:GetOrder")
              .resource("arn:aws:orders:::order/{id}")
              .context("orders:Channel", "http"),
          Rule.http("GET", "/forward").action("orders:Forward").resource("*"),
          Rule.http("GET", "/boom").action("orders:Boom").resource("*"));

  private static final Map<String, Guarded> SERVERS = new HashMap<>();
  private static FakeRolegate rolegate;

  @BeforeAll
  static void start() throws Exception {
    rolegate = new FakeRolegate();
    SERVERS.put("servlet", serve("servlet", rolegate));
    SERVERS.put("spring", serve("spring", rolegate));
  }

  @AfterAll
  static void stop() throws Exception {
    for (Guarded server : SERVERS.values()) {
      server.close();
    }
    rolegate.close();
  }

  private static Guarded serve(String framework, FakeRolegate rolegate) throws Exception {
    return framework.equals("spring")
        ? Guarded.spring(new RolegateAuthorizationManager(rolegate::session, RULES))
        : Guarded.jetty(new RolegateFilter(rolegate::session, RULES));
  }

  private Guarded server;
  private int handledBefore;

  private void use(String framework) {
    server = SERVERS.get(framework);
    handledBefore = server.handled();
    rolegate.asked.clear();
  }

  private int handled() {
    return server.handled() - handledBefore;
  }

  /** An answer as it came. */
  private record Answer(int status, String head, String body) {}

  /** Sends a request as it is written, which no HTTP client would do. */
  private static Answer send(Guarded server, String path, String... headers) throws IOException {
    String[] address = server.address().split(":");
    try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
      socket.setSoTimeout(10_000);
      String request =
          "GET "
              + path
              + " HTTP/1.1\r\nHost: orders\r\nConnection: close\r\n"
              + Stream.of(headers).map(each -> each + "\r\n").reduce("", String::concat)
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      String[] parts = answer.split("\r\n\r\n", 2);
      return new Answer(Integer.parseInt(parts[0].split(" ")[1]), parts[0], parts[1]);
    }
  }

  private static Stream<Arguments> inEach(Stream<Arguments> cases) {
    List<Arguments> all = cases.toList();
    return Stream.of("servlet", "spring")
        .flatMap(
            framework ->
                all.stream()
                    .map(
                        each -> {
                          Object[] rest = each.get();
                          Object[] whole = new Object[rest.length + 1];
                          whole[0] = framework;
                          System.arraycopy(rest, 0, whole, 1, rest.length);
                          return Arguments.of(whole);
                        }));
  }

  static Stream<Arguments> answers() {
    String bad = "WWW-Authenticate: Bearer error=\"invalid_token\"";
    return inEach(
        Stream.of(
            Arguments.of("allowed", "/orders/17", "Bearer good", 200, "", ""),
            Arguments.of("the word in any case", "/orders/17", "bEARER good", 200, "", ""),
            Arguments.of("denied", "/orders/secret", "Bearer good", 403, "AccessDenied", ""),
            Arguments.of(
                "malformed", "/orders/17", "Bearer ValidationError", 403, "AccessDenied", ""),
            Arguments.of("no rule", "/other", "Bearer good", 403, "AccessDenied", ""),
            Arguments.of("no rule and no token", "/other", null, 403, "AccessDenied", ""),
            Arguments.of("parameters", "/orders/latest;a", "Bearer good", 403, "AccessDenied", ""),
            Arguments.of(
                "no token",
                "/orders/17",
                null,
                401,
                "MissingAuthenticationToken",
                "WWW-Authenticate: Bearer\r\n"),
            Arguments.of(
                "another scheme",
                "/orders/17",
                "Basic good",
                401,
                "MissingAuthenticationToken",
                "WWW-Authenticate: Bearer\r\n"),
            Arguments.of(
                "two spaces", "/orders/17", "Bearer  good", 401, "InvalidClientTokenId", bad),
            Arguments.of(
                "two tokens in one",
                "/orders/17",
                "Bearer good good",
                401,
                "InvalidClientTokenId",
                bad),
            Arguments.of(
                "beyond ASCII",
                "/orders/17",
                "Bearer g\u00f6\u00f6d",
                401,
                "InvalidClientTokenId",
                bad),
            Arguments.of(
                "too long",
                "/orders/17",
                "Bearer " + "x".repeat(6 * 1024 + 1),
                401,
                "InvalidClientTokenId",
                bad),
            Arguments.of("expired", "/orders/17", "Bearer ExpiredToken", 401, "ExpiredToken", bad),
            Arguments.of(
                "the service is nobody",
                "/orders/17",
                "Bearer MissingAuthenticationToken",
                503,
                "ServiceUnavailable",
                ""),
            Arguments.of("an error", "/orders/17", "Bearer broken", 503, "ServiceUnavailable", ""),
            Arguments.of("too slow", "/orders/17", "Bearer slow", 503, "ServiceUnavailable", ""),
            Arguments.of("public", "/healthz", null, 200, "", ""),
            Arguments.of("public with a bad token", "/healthz", "Bearer x", 200, "", "")));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource
  void answers(
      String framework,
      String name,
      String path,
      String authorization,
      int status,
      String error,
      String header)
      throws Exception {
    use(framework);
    Answer answer =
        authorization == null
            ? send(server, path)
            : send(server, path, "Authorization: " + authorization);
    assertEquals(status, answer.status(), answer.toString());
    assertEquals(status == 200 ? 1 : 0, handled());
    assertTrue(answer.head().contains(header.strip()), answer.head());
    if (!error.isEmpty()) {
      var body = JsonParser.parseString(answer.body()).getAsJsonObject();
      assertEquals(error, body.get("error").getAsString());
      assertFalse(body.get("message").getAsString().isEmpty());
      assertEquals(name.equals("denied"), body.has("decision_id"), answer.body());
      assertFalse(answer.body().contains("TopSecret"), answer.body());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"servlet", "spring"})
  void theHandlerGetsWhatWasAsked(String framework) throws Exception {
    use(framework);
    assertEquals(
        JsonParser.parseString(
            "{\"action\": \"orders:GetOrder\","
                + "\"resource\": \"arn:aws:orders:::order/a b\","
                + "\"decision_id\": \"decision-1\"}"),
        JsonParser.parseString(
            send(server, "/orders/a%20b?x=1", "Authorization: Bearer good").body()));
    assertEquals("good", rolegate.asked.get(0).getSessionToken());
    assertEquals(
        List.of("http"), rolegate.asked.get(0).getContextOrThrow("orders:Channel").getValuesList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"servlet", "spring"})
  void twoHeadersAreAsGoodAsNone(String framework) throws Exception {
    use(framework);
    Answer answer =
        send(server, "/orders/17", "Authorization: Bearer good", "authorization: Bearer good");
    assertEquals(401, answer.status());
    assertEquals(0, handled());
    assertEquals(List.of(), rolegate.asked);
  }

  static Stream<Arguments> hostile() {
    return inEach(
        Stream.of(
                "//orders/17",
                "/orders/../orders/17",
                "/orders/%2e%2e/orders/17",
                "/orders//17",
                "/orders%2F17",
                "/orders/a%2Fb",
                "/orders/a%5Cb",
                "/orders/%00",
                "/orders/a%0Ab",
                "/orders/%",
                "/orders/%zz",
                "/orders/%FF",
                "/orders/%C0%AF",
                "/orders/\u00e9",
                "/orders/./17",
                "/orders;a/17",
                "/orders/..;/orders/17",
                "*",
                "orders/17")
            .map(Arguments::of));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource
  void hostile(String framework, String path) throws Exception {
    use(framework);
    int status = send(server, path, "Authorization: Bearer good").status();
    assertTrue(status == 400 || status == 403, () -> path + ": " + status);
    assertEquals(0, handled());
  }

  @ParameterizedTest
  @ValueSource(strings = {"servlet", "spring"})
  void whileRolegateIsGoneNobodyPasses(String framework) throws Exception {
    try (FakeRolegate stopping = new FakeRolegate();
        Guarded service = serve(framework, stopping)) {
      assertEquals(200, send(service, "/orders/17", "Authorization: Bearer good").status());
      stopping.stop();
      assertEquals(503, send(service, "/orders/17", "Authorization: Bearer good").status());
      assertEquals(200, send(service, "/healthz").status());
      assertEquals(2, service.handled());
    }
  }

  /** The page for an error, and what a request is forwarded to, are of the same request. */
  @ParameterizedTest
  @ValueSource(strings = {"servlet", "spring"})
  void eachRequestIsAskedAboutOnce(String framework) throws Exception {
    use(framework);
    assertEquals(500, send(server, "/boom", "Authorization: Bearer good").status());
    assertEquals(1, rolegate.asked.size());
    Answer forwarded = send(server, "/forward", "Authorization: Bearer good");
    assertEquals(200, forwarded.status());
    assertTrue(forwarded.body().contains("orders:Forward"), forwarded.body());
    assertEquals(2, rolegate.asked.size());
  }
}
