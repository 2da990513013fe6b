package io.rolegate.middleware;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** What tables for HTTP and for gRPC have in common. */
final class Tables {
  private Tables() {}

  /** The rules above the one that is read. */
  static final class Seen {
    private final Map<String, Integer> rules = new HashMap<>();
    private int number;

    /** Refuses a rule that an equal one stands above. */
    void add(String key) {
      Integer above = rules.putIfAbsent(key, number);
      if (above != null) {
        throw new IllegalArgumentException("it can never hold, for rule " + above + " is equal");
      }
    }
  }

  /**
   * Reads rule by rule.
   *
   * @throws IllegalArgumentException that names the first rule that is wrong by its number, from 1
   */
  static void read(List<Rule> rules, BiConsumer<Rule, Seen> reader) {
    if (rules.isEmpty()) {
      throw new IllegalArgumentException("the table has no rule, so that it would deny all calls");
    }
    Seen seen = new Seen();
    for (Rule rule : rules) {
      seen.number++;
      try {
        reader.accept(rule, seen);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("rule " + seen.number + ": " + e.getMessage(), e);
      }
    }
  }
}
