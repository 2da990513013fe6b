package io.rolegate.middleware;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A text with placeholders. What replaces them is never read for placeholders again. */
final class Template {
  private final List<String> texts = new ArrayList<>(); // one more than there are names
  private final List<String> names = new ArrayList<>();

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException for a placeholder that is not closed or has no good name
   */
  Template(String text, boolean dots) {
    int from = 0;
    for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
      int close = text.indexOf('}', open);
      if (close < 0) {
        throw new IllegalArgumentException("a placeholder in `" + text + "` is not closed");
      }
      texts.add(text.substring(from, open));
      names.add(checkedName(text.substring(open + 1, close), dots));
      from = close + 1;
    }
    texts.add(text.substring(from));
  }

  List<String> names() {
    return names;
  }

  /** The text with all its placeholders replaced. */
  String fill(UnaryOperator<String> values) {
    if (names.isEmpty()) {
      return texts.get(0);
    }
    StringBuilder filled = new StringBuilder(texts.get(0));
    for (int i = 0; i < names.size(); i++) {
      filled.append(values.apply(names.get(i))).append(texts.get(i + 1));
    }
    return filled.toString();
  }

  /** A placeholder's name: letters, digits and `_`, and in a rule for gRPC dots between them. */
  static String checkedName(String name, boolean dots) {
    if (!name.matches(dots ? "[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*" : "[A-Za-z0-9_]+")) {
      throw new IllegalArgumentException(
          "the placeholder `{" + name + "}` has no name of letters, digits and `_`");
    }
    return name;
  }

  /** Whether a text has a character that no name of a thing should have. */
  static boolean hasControl(String text) {
    return text.codePoints().anyMatch(Character::isISOControl);
  }
}
