package io.rolegate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.rolegate.middleware.Guarded;
import io.rolegate.middleware.RolegateAuthorizationManager;
import io.rolegate.middleware.RolegateFilter;
import io.rolegate.middleware.RolegateServerInterceptor;
import io.rolegate.middleware.Rule;
import io.rolegate.middleware.RuleJson;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The driver of the conformance scenarios; client/conformance/README.md. */
final class Driver {
  private final Map<String, RolegateClient> clients = new ConcurrentHashMap<>();
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<String, Watch> watches = new ConcurrentHashMap<>();
  private final Map<String, Guarded> servers = new ConcurrentHashMap<>();
  // Kept, for the log manager holds loggers weakly.
  private final Logger logger = Logger.getLogger("io.rolegate");
  private volatile String cause = "";

  private RolegateClient client(JsonObject request) {
    return clients.get(text(request, "client"));
  }

  private Session session(JsonObject request) {
    return request.has("session")
        ? sessions.get(text(request, "session"))
        : client(request).caller();
  }

  private static String text(JsonObject request, String name) {
    return request.has(name) ? request.get(name).getAsString() : null;
  }

  private static Duration seconds(JsonObject request, String name) {
    return request.has(name)
        ? Duration.ofMillis((long) (request.get(name).getAsDouble() * 1000))
        : null;
  }

  /** A text or a list of them. */
  private static List<String> strings(JsonElement value) {
    if (value == null) {
      return List.of();
    }
    if (!value.isJsonArray()) {
      return List.of(value.getAsString());
    }
    return value.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  private static Map<String, List<String>> context(JsonObject request) {
    Map<String, List<String>> context = new LinkedHashMap<>();
    if (request.has("context")) {
      request
          .getAsJsonObject("context")
          .asMap()
          .forEach((key, values) -> context.put(key, strings(values)));
    }
    return context;
  }

  private static Check check(JsonObject request) {
    return new Check(
        text(request, "action"),
        text(request, "resource"),
        context(request),
        request.has("resource_account") ? text(request, "resource_account") : "",
        request.has("explain") && request.get("explain").getAsBoolean());
  }

  private static List<Check> checks(JsonArray list) {
    return list.asList().stream().map(each -> check(each.getAsJsonObject())).toList();
  }

  private static JsonObject shown(Decision decision) {
    JsonObject result = new JsonObject();
    result.addProperty("allowed", decision.allowed());
    result.addProperty("explicit", decision.explicit());
    result.addProperty("reason", decision.reason());
    result.addProperty("decision_id", decision.decisionId());
    result.addProperty("registry_revision", decision.registryRevision());
    result.addProperty("encoded_message", decision.encodedMessage());
    result.add(
        "cacheable_for",
        decision
            .cacheableFor()
            .<JsonElement>map(each -> new com.google.gson.JsonPrimitive(each.toMillis() / 1000.0))
            .orElse(JsonNull.INSTANCE));
    result.add("context_keys_read", new Gson().toJsonTree(decision.contextKeysRead()));
    result.add("explanation", JsonNull.INSTANCE);
    decision
        .explanation()
        .ifPresent(
            explanation -> {
              JsonArray matched = new JsonArray();
              explanation
                  .getMatchedStatementsList()
                  .forEach(
                      each -> {
                        JsonObject statement = new JsonObject();
                        statement.addProperty("policy", each.getPolicy());
                        statement.addProperty("sid", each.getSid());
                        statement.addProperty(
                            "layer",
                            each.getLayer().name().substring("LAYER_".length()).toLowerCase());
                        matched.add(statement);
                      });
              JsonObject told = new JsonObject();
              told.add("matched_statements", matched);
              told.add(
                  "missing_context_keys",
                  new Gson().toJsonTree(explanation.getMissingContextKeysList()));
              told.addProperty("lacking", explanation.getLacking());
              result.add("explanation", told);
            });
    return result;
  }

  private static JsonArray shown(List<Decision> decisions) {
    JsonArray result = new JsonArray();
    decisions.forEach(each -> result.add(shown(each)));
    return result;
  }

  private JsonObject keep(JsonObject request, Session session) {
    sessions.put(text(request, "session"), session);
    return credentials(session);
  }

  private static JsonObject credentials(Session session) {
    Credentials credentials = session.credentials();
    JsonObject result = new JsonObject();
    result.addProperty("arn", credentials.arn());
    result.addProperty("access_key_id", credentials.accessKeyId());
    result.addProperty("session_token", credentials.sessionToken());
    result.addProperty("expires_at", credentials.expiresAt().getEpochSecond());
    return result;
  }

  private static AssumeRole role(JsonObject request) {
    AssumeRole role =
        AssumeRole.of(
                text(request, "role_arn"),
                request.has("role_session_name") ? text(request, "role_session_name") : "")
            .duration(seconds(request, "duration_seconds"))
            .policy(text(request, "policy"))
            .policyArns(strings(request.get("policy_arns")))
            .transitiveTagKeys(strings(request.get("transitive_tag_keys")))
            .externalId(text(request, "external_id"))
            .sourceIdentity(text(request, "source_identity"))
            .renewBefore(seconds(request, "renew_before"));
    if (request.has("tags")) {
      request
          .getAsJsonObject("tags")
          .asMap()
          .forEach((key, value) -> role.tag(key, value.getAsString()));
    }
    if (request.has("serial_number")) {
      role.mfa(text(request, "serial_number"), text(request, "token_code"));
    }
    return role;
  }

  private JsonObject connect(JsonObject request) {
    RolegateClient.Builder builder =
        RolegateClient.builder(text(request, "target"))
            .principal(text(request, "principal"))
            .sessionToken(text(request, "session_token"));
    if (request.has("ca")) {
      builder.ca(new File(text(request, "ca")));
    }
    if (request.has("cert")) {
      builder.certificate(new File(text(request, "cert")), new File(text(request, "key")));
    }
    if (request.has("plaintext")) {
      builder.plaintext(request.get("plaintext").getAsBoolean());
    }
    if (request.has("timeout")) {
      builder.timeout(seconds(request, "timeout"));
    }
    clients.put(text(request, "client"), builder.build());
    return new JsonObject();
  }

  private JsonObject stream(JsonObject request) throws InterruptedException {
    JsonArray batches = new JsonArray();
    try (AuthorizeStream stream = session(request).authorizeStream()) {
      request
          .getAsJsonArray("batches")
          .forEach(batch -> stream.send(checks(batch.getAsJsonArray())));
      stream.finish();
      for (var answer = stream.next(); answer.isPresent(); answer = stream.next()) {
        batches.add(shown(answer.get()));
      }
    }
    return object("batches", batches);
  }

  private static JsonObject object(String name, JsonElement value) {
    JsonObject result = new JsonObject();
    result.add(name, value);
    return result;
  }

  private static JsonObject identity(Identity identity) {
    JsonObject result = new JsonObject();
    result.addProperty("account", identity.account());
    result.addProperty("arn", identity.arn());
    result.addProperty("user_id", identity.userId());
    return result;
  }

  private JsonObject isAllowed(JsonObject request) {
    cause = "";
    JsonObject result = new JsonObject();
    result.addProperty("allowed", session(request).isAllowed(check(request)));
    result.addProperty("error", cause);
    return result;
  }

  private static JsonObject verify(JsonObject request) {
    VerifiedSession session =
        VerifiedSession.verify(
            text(request, "token"),
            text(request, "jwks"),
            text(request, "issuer"),
            text(request, "audience"));
    JsonObject result = new JsonObject();
    result.addProperty("arn", session.arn());
    result.addProperty("role_arn", session.roleArn());
    result.addProperty("role_session_name", session.roleSessionName());
    result.addProperty("access_key_id", session.accessKeyId());
    result.addProperty("expires_at", session.expiresAt().getEpochSecond());
    result.addProperty("source_identity", session.sourceIdentity());
    result.add("tags", new Gson().toJsonTree(session.tags()));
    return result;
  }

  private JsonObject repeat(JsonObject request) throws Exception {
    int times = request.get("times").getAsInt();
    JsonObject each = request.getAsJsonObject("request");
    JsonArray answers = new JsonArray();
    if (!request.get("at_once").getAsBoolean()) {
      for (int i = 0; i < times; i++) {
        answers.add(answer(each));
      }
      return object("answers", answers);
    }
    ExecutorService threads = Executors.newFixedThreadPool(times);
    List<Future<JsonObject>> asked = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      asked.add(threads.submit(() -> answer(each)));
    }
    for (Future<JsonObject> answer : asked) {
      answers.add(answer.get());
    }
    threads.shutdown();
    return object("answers", answers);
  }

  private JsonObject serve(JsonObject request) throws Exception {
    Function<String, Session> sessions = client(request)::forToken;
    List<Rule> rules = RuleJson.rules(request.getAsJsonArray("rules"));
    String header = request.has("header") ? text(request, "header") : "authorization";
    Guarded server =
        switch (text(request, "framework")) {
          case "servlet" -> Guarded.jetty(new RolegateFilter(sessions, rules, header));
          case "spring" ->
              Guarded.spring(new RolegateAuthorizationManager(sessions, rules, header));
          default -> Guarded.grpc(new RolegateServerInterceptor(sessions, rules, header));
        };
    servers.put(text(request, "server"), server);
    JsonObject result = new JsonObject();
    result.addProperty("address", server.address());
    return result;
  }

  private JsonObject stopServing(JsonObject request) throws Exception {
    Guarded server = servers.remove(text(request, "server"));
    server.close();
    JsonObject result = new JsonObject();
    result.addProperty("handled", server.handled());
    return result;
  }

  private JsonObject perform(JsonObject request) throws Exception {
    switch (text(request, "do")) {
      case "connect":
        return connect(request);
      case "from_environment":
        Session described = RolegateClient.fromEnvironment();
        clients.put(text(request, "client"), described.client());
        sessions.put(text(request, "session"), described);
        return new JsonObject();
      case "assume_role":
        return keep(request, client(request).assumeRole(role(request)));
      case "assume_role_with_web_identity":
        AssumeRole.WebIdentityToken token =
            request.has("web_identity_token_file")
                ? AssumeRole.WebIdentityToken.inFile(
                    Path.of(text(request, "web_identity_token_file")))
                : AssumeRole.WebIdentityToken.of(text(request, "web_identity_token"));
        return keep(request, client(request).assumeRoleWithWebIdentity(role(request), token));
      case "assume_role_with_saml":
        return keep(
            request,
            client(request)
                .assumeRoleWithSaml(
                    role(request),
                    text(request, "principal_arn"),
                    text(request, "saml_assertion")));
      case "for_token":
        sessions.put(text(request, "session"), client(request).forToken(text(request, "token")));
        return new JsonObject();
      case "credentials":
        return credentials(session(request));
      case "authorize":
        return shown(session(request).authorize(check(request)));
      case "authorize_many":
        return object(
            "decisions",
            shown(
                session(request)
                    .authorizeMany(checks(request.getAsJsonArray("checks")), context(request))));
      case "authorize_stream":
        return stream(request);
      case "is_allowed":
        return isAllowed(request);
      case "get_caller_identity":
        return identity(session(request).getCallerIdentity());
      case "get_signing_keys":
        JsonObject keys = new JsonObject();
        keys.addProperty("jwks", client(request).getSigningKeys());
        return keys;
      case "decode_authorization_message":
        return object(
            "message",
            JsonParser.parseString(
                client(request).decodeAuthorizationMessage(text(request, "encoded_message"))));
      case "verify_session":
        return verify(request);
      case "watch":
        watches.put(text(request, "watch"), session(request).watch());
        return new JsonObject();
      case "next_revision":
        JsonObject revision = new JsonObject();
        revision.addProperty("revision", watches.get(text(request, "watch")).next());
        return revision;
      case "repeat":
        return repeat(request);
      case "frameworks":
        JsonObject frameworks = new JsonObject();
        frameworks.add("http", new Gson().toJsonTree(List.of("servlet", "spring")));
        frameworks.add("grpc", new Gson().toJsonTree(List.of("grpc")));
        frameworks.add("sees_messages", new Gson().toJsonTree(List.of("grpc")));
        return frameworks;
      case "serve":
        return serve(request);
      case "stop_serving":
        return stopServing(request);
      case "close":
        clients.remove(text(request, "client")).close();
        return new JsonObject();
      default:
        throw new RolegateException("UnknownOperation", "", text(request, "do"));
    }
  }

  private JsonObject answer(JsonObject request) {
    try {
      return object("ok", perform(request));
    } catch (Exception e) {
      JsonObject error = new JsonObject();
      if (e instanceof RolegateException ours) {
        error.addProperty("name", ours.name());
        error.addProperty("code", ours.code());
        error.addProperty("message", ours.detail());
        error.addProperty("encoded_message", ours.encodedMessage());
      } else {
        error.addProperty("name", e.getClass().getSimpleName());
        error.addProperty("code", "");
        error.addProperty("message", String.valueOf(e.getMessage()));
        error.addProperty("encoded_message", "");
      }
      return object("error", error);
    }
  }

  /** Hears what isAllowed logs of the error that made it false. */
  private void listen() {
    logger.setUseParentHandlers(false);
    logger.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            if (record.getThrown() instanceof RolegateException ours) {
              cause = ours.name().isEmpty() ? ours.code() : ours.name();
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
  }

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // for whatever a framework prints
    Driver driver = new Driver();
    driver.listen();
    Gson gson = new GsonBuilder().serializeNulls().create();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(gson.toJson(driver.answer(JsonParser.parseString(line).getAsJsonObject())));
    }
    System.exit(0);
  }
}
