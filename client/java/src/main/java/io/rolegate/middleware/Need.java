package io.rolegate.middleware;

import io.rolegate.Check;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What a rule asks Rolegate: nothing for a public one. */
final class Need {
  private final String action; // null: public
  private final Template resource;
  private final Map<String, List<Template>> context = new LinkedHashMap<>();

  /**
   * Reads a rule's action, resource and context.
   *
   * @throws IllegalArgumentException for what is wrong with them
   */
  Need(Rule rule, boolean dots) {
    if (rule.isPublic()) {
      if (rule.action() != null || rule.resource() != null || !rule.context().isEmpty()) {
        throw new IllegalArgumentException(
            "a public rule has neither action, nor resource, nor context");
      }
      action = null;
      resource = null;
      return;
    }
    if (rule.action() == null) {
      throw new IllegalArgumentException("the action is missing");
    }
    if (!rule.action().matches("[A-Za-z0-9_-]+:[A-Za-z0-9_-]+")) {
      throw new IllegalArgumentException(
          "the action `" + rule.action() + "` is not `service:Name` without wildcards");
    }
    if (rule.resource() == null || rule.resource().isEmpty()) {
      throw new IllegalArgumentException("the resource is missing");
    }
    action = rule.action();
    resource = new Template(rule.resource(), dots);
    rule.context()
        .forEach(
            (key, values) ->
                context.put(key, values.stream().map(value -> new Template(value, dots)).toList()));
  }

  boolean isPublic() {
    return action == null;
  }

  /** The names of all placeholders. */
  Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    if (resource != null) {
      names.addAll(resource.names());
    }
    context.values().forEach(list -> list.forEach(value -> names.addAll(value.names())));
    return names;
  }

  /** The question, with the placeholders replaced. Not for a public rule. */
  Check check(UnaryOperator<String> values) {
    Map<String, List<String>> filled = new LinkedHashMap<>();
    context.forEach(
        (key, list) -> filled.put(key, list.stream().map(each -> each.fill(values)).toList()));
    return new Check(action, resource.fill(values), filled, "", false);
  }
}
