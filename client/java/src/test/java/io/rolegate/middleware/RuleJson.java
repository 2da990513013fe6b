package io.rolegate.middleware;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rules as the conformance suite writes them. */
public final class RuleJson {
  private RuleJson() {}

  /** A table. */
  public static List<Rule> rules(JsonArray table) {
    return table.asList().stream().map(each -> rule(each.getAsJsonObject())).toList();
  }

  private static Rule rule(JsonObject rule) {
    return new Rule(
        text(rule, "method"),
        text(rule, "path"),
        text(rule, "rpc"),
        text(rule, "action"),
        text(rule, "resource"),
        context(rule.getAsJsonObject("context")),
        rule.has("public") && rule.get("public").getAsBoolean());
  }

  /** Each key with a text or a list of them. */
  static Map<String, List<String>> context(JsonObject context) {
    Map<String, List<String>> result = new LinkedHashMap<>();
    if (context != null) {
      context
          .asMap()
          .forEach(
              (key, value) ->
                  result.put(
                      key,
                      value.isJsonArray()
                          ? value.getAsJsonArray().asList().stream()
                              .map(JsonElement::getAsString)
                              .toList()
                          : List.of(value.getAsString())));
    }
    return result;
  }

  private static String text(JsonObject rule, String name) {
    return rule.has(name) ? rule.get(name).getAsString() : null;
  }
}
