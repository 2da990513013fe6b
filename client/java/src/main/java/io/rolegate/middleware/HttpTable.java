package io.rolegate.middleware;

import io.rolegate.Check;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The rules for HTTP, in their order. */
final class HttpTable {
  private final List<Route> routes = new ArrayList<>();

  /** What a request needs: nothing where the route is public. */
  record Match(Optional<Check> check) {}

  /**
   * Reads the rules.
   *
   * @throws IllegalArgumentException that names the first rule that is wrong
   */
  HttpTable(List<Rule> rules) {
    Tables.read(rules, (rule, key) -> routes.add(new Route(rule, key)));
  }

  /**
   * The first rule that matches.
   *
   * @param target the path as it came, still encoded; a query is left out of account
   */
  Optional<Match> match(String method, String target) {
    Optional<List<String>> segments = segments(target);
    if (segments.isEmpty()) {
      return Optional.empty();
    }
    for (Route route : routes) {
      Map<String, String> values = route.match(method, segments.get());
      if (values != null) {
        return Optional.of(
            new Match(
                route.need.isPublic()
                    ? Optional.empty()
                    : Optional.of(route.need.check(values::get))));
      }
    }
    return Optional.empty();
  }

  /** A path's segments, decoded; empty for a path that not every server reads alike. */
  private static Optional<List<String>> segments(String target) {
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    if (!path.startsWith("/") || !path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#')) {
      return Optional.empty();
    }
    String[] encoded = path.substring(1).split("/", -1);
    List<String> segments = new ArrayList<>(encoded.length);
    for (int i = 0; i < encoded.length; i++) {
      String segment = decoded(encoded[i]);
      if (segment == null
          || segment.indexOf('/') >= 0
          || segment.indexOf('\\') >= 0
          || Template.hasControl(segment)) {
        return Optional.empty();
      }
      int parameters = segment.indexOf(';');
      String name = parameters < 0 ? segment : segment.substring(0, parameters);
      boolean last = i == encoded.length - 1;
      if (name.equals(".") || name.equals("..") || (segment.isEmpty() && !last)) {
        return Optional.empty();
      }
      segments.add(segment);
    }
    return Optional.of(segments);
  }

  /** Decodes once; null for what is no percent-encoded UTF-8. */
  private static String decoded(String segment) {
    if (segment.indexOf('%') < 0) {
      return segment;
    }
    ByteBuffer bytes = ByteBuffer.allocate(segment.length());
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c != '%') {
        bytes.put((byte) c);
        continue;
      }
      int high = i + 1 < segment.length() ? hexadecimal(segment.charAt(i + 1)) : -1;
      int low = i + 2 < segment.length() ? hexadecimal(segment.charAt(i + 2)) : -1;
      if (high < 0 || low < 0) {
        return null;
      }
      bytes.put((byte) (high << 4 | low));
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException notUtf8) {
      return null;
    }
  }

  /** A digit's value; -1 for anything else, digits beyond ASCII included. */
  private static int hexadecimal(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  /** One rule. */
  private static final class Route {
    private final String method;
    private final List<String> literals = new ArrayList<>(); // null: a placeholder
    private final List<String> names = new ArrayList<>(); // null: a literal
    private final boolean rest; // whether the last placeholder takes all that follows
    private final Need need;

    Route(Rule rule, Tables.Seen seen) {
      if (rule.rpc() != null || rule.path() == null) {
        throw new IllegalArgumentException("a rule for HTTP has `method` and `path`, no `rpc`");
      }
      method = rule.method();
      if (method == null || !method.matches("\\*|[A-Z][A-Z0-9_-]*")) {
        throw new IllegalArgumentException(
            "the method `" + method + "` is neither in capitals nor `*`");
      }
      rest = readPath(rule.path());
      need = new Need(rule, false);
      for (String name : need.names()) {
        if (!names.contains(name)) {
          throw new IllegalArgumentException(
              "the path `" + rule.path() + "` has no placeholder `" + name + "`");
        }
      }
      seen.add(
          literals.stream()
              .map(literal -> literal == null ? "{}" : literal)
              .collect(Collectors.joining("/", method + " /", rest ? "..." : "")));
    }

    private boolean readPath(String path) {
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException("the path `" + path + "` does not begin with `/`");
      }
      String[] segments = path.substring(1).split("/", -1);
      Set<String> known = new HashSet<>();
      for (int i = 0; i < segments.length; i++) {
        boolean last = i == segments.length - 1;
        String segment = segments[i];
        if (segment.isEmpty() && !last) {
          throw new IllegalArgumentException("the path `" + path + "` has an empty segment");
        }
        if (segment.indexOf('{') < 0 && segment.indexOf('}') < 0) {
          literals.add(segment);
          names.add(null);
          continue;
        }
        if (!segment.startsWith("{") || segment.indexOf('}') != segment.length() - 1) {
          throw new IllegalArgumentException(
              "the segment `" + segment + "` is neither one placeholder nor all text");
        }
        String name = segment.substring(1, segment.length() - 1);
        boolean takesRest = name.endsWith("...");
        name = takesRest ? name.substring(0, name.length() - 3) : name;
        if (!known.add(Template.checkedName(name, false))) {
          throw new IllegalArgumentException("the path has the placeholder `" + name + "` twice");
        }
        if (takesRest && !last) {
          throw new IllegalArgumentException("the placeholder `" + segment + "` is not last");
        }
        literals.add(null);
        names.add(name);
        if (takesRest) {
          return true;
        }
      }
      return false;
    }

    /** The values of the placeholders; null where the rule does not match. */
    Map<String, String> match(String asked, List<String> segments) {
      int size = literals.size();
      if (!(method.equals("*") || method.equals(asked))
          || (rest ? segments.size() < size : segments.size() != size)) {
        return null;
      }
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < size; i++) {
        String segment = segments.get(i);
        if (literals.get(i) != null) {
          if (!literals.get(i).equals(segment)) {
            return null;
          }
          continue;
        }
        if (segment.isEmpty()) {
          return null;
        }
        boolean takesRest = rest && i == size - 1;
        values.put(
            names.get(i),
            takesRest ? String.join("/", segments.subList(i, segments.size())) : segment);
      }
      return values;
    }
  }
}
