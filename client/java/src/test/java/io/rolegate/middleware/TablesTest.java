package io.rolegate.middleware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.rolegate.Check;
import io.rolegate.v1.GetRoleRequest;
import io.rolegate.v1.GetStatusRequest;
import io.rolegate.v1.ListRolesRequest;
import io.rolegate.v1.ReloadRequest;
import io.rolegate.v1.ValidateRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases that hold for the middleware of all languages. */
class TablesTest {
  private static final JsonObject CASES = read();

  private static JsonObject read() {
    try {
      return JsonParser.parseString(
              Files.readString(Path.of("..", "conformance", "middleware.json")))
          .getAsJsonObject();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Stream<Arguments> cases(String kind) {
    return CASES.getAsJsonArray(kind).asList().stream()
        .map(each -> each.getAsJsonObject())
        .map(each -> Arguments.of(each.get("name").getAsString(), each));
  }

  static Stream<Arguments> http() {
    return cases("http");
  }

  static Stream<Arguments> rpc() {
    return cases("rpc");
  }

  static Stream<Arguments> wrongTables() {
    return cases("wrong_tables");
  }

  private static List<Rule> table(JsonObject each) {
    return RuleJson.rules(
        CASES.getAsJsonObject("tables").getAsJsonArray(each.get("table").getAsString()));
  }

  /** What came of a case: denied, public, or a question. */
  private record Outcome(
      boolean denied,
      boolean isPublic,
      String action,
      String resource,
      Map<String, List<String>> context) {
    static final Outcome DENIED = new Outcome(true, false, null, null, null);
    static final Outcome PUBLIC = new Outcome(false, true, null, null, null);

    static Outcome of(Check check) {
      return new Outcome(false, false, check.action(), check.resource(), check.context());
    }

    static Outcome expected(JsonObject expect) {
      if (expect.has("denied")) {
        return DENIED;
      }
      if (expect.has("public")) {
        return PUBLIC;
      }
      return new Outcome(
          false,
          false,
          expect.get("action").getAsString(),
          expect.get("resource").getAsString(),
          RuleJson.context(expect.getAsJsonObject("context")));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void http(String name, JsonObject each) {
    Outcome found =
        new HttpTable(table(each))
            .match(each.get("method").getAsString(), each.get("path").getAsString())
            .map(match -> match.check().map(Outcome::of).orElse(Outcome.PUBLIC))
            .orElse(Outcome.DENIED);
    assertEquals(Outcome.expected(each.getAsJsonObject("expect")), found);
  }

  private static Message.Builder message(String rpc) {
    return switch (rpc.substring(rpc.lastIndexOf('/') + 1)) {
      case "GetRole" -> GetRoleRequest.newBuilder();
      case "GetStatus" -> GetStatusRequest.newBuilder();
      case "ListRoles" -> ListRolesRequest.newBuilder();
      case "Reload" -> ReloadRequest.newBuilder();
      case "Validate" -> ValidateRequest.newBuilder();
      default -> throw new IllegalArgumentException(rpc);
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void rpc(String name, JsonObject each) throws IOException {
    String rpc = each.get("rpc").getAsString();
    Message.Builder message = message(rpc);
    JsonFormat.parser().merge(each.get("message").toString(), message);
    Optional<Need> need = new RpcTable(table(each)).match(rpc);
    Outcome found =
        need.map(
                it ->
                    it.isPublic()
                        ? Outcome.PUBLIC
                        : RpcTable.check(it, message.build())
                            .map(Outcome::of)
                            .orElse(Outcome.DENIED))
            .orElse(Outcome.DENIED);
    assertEquals(Outcome.expected(each.getAsJsonObject("expect")), found);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void wrongTables(String name, JsonObject each) {
    JsonArray table = each.getAsJsonArray("rules");
    List<Rule> rules = RuleJson.rules(table);
    Exception error =
        assertThrows(
            IllegalArgumentException.class,
            each.get("for").getAsString().equals("http")
                ? () -> new HttpTable(rules)
                : () -> new RpcTable(rules));
    String expected = each.get("error").getAsString();
    assertTrue(
        error.getMessage().contains(expected),
        () -> "`" + error.getMessage() + "` does not say `" + expected + "`");
  }

  static Stream<Arguments> fields() {
    return Stream.of(
        Arguments.of("a message that no such field has", "{nothing}"),
        Arguments.of("a field of a field that is a text", "{role_arn.name}"),
        Arguments.of("a message that is not one", "{role_arn}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void fields(String name, String resource) {
    Need need =
        new RpcTable(List.of(Rule.rpc("/a.B/C").action("a:B").resource(resource)))
            .match("/a.B/C")
            .orElseThrow();
    Object message =
        name.contains("not one") ? "text" : GetRoleRequest.newBuilder().setRoleArn("x").build();
    assertEquals(Optional.empty(), RpcTable.check(need, message));
  }
}
