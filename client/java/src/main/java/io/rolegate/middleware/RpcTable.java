package io.rolegate.middleware;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import io.rolegate.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rules for gRPC, in their order. */
final class RpcTable {
  private final List<Row> rows = new ArrayList<>();

  private record Row(String rpc, Need need) {
    boolean matches(String method) {
      return rpc.endsWith("/*")
          ? method.startsWith(rpc.substring(0, rpc.length() - 1))
          : rpc.equals(method);
    }
  }

  /**
   * Reads the rules.
   *
   * @throws IllegalArgumentException that names the first rule that is wrong
   */
  RpcTable(List<Rule> rules) {
    Tables.read(
        rules,
        (rule, seen) -> {
          if (rule.rpc() == null || rule.path() != null || rule.method() != null) {
            throw new IllegalArgumentException("a rule for gRPC has `rpc`, no `method` or `path`");
          }
          if (!rule.rpc().matches("/[A-Za-z_][A-Za-z0-9_.]*/([A-Za-z_][A-Za-z0-9_]*|\\*)")) {
            throw new IllegalArgumentException(
                "the rpc `"
                    + rule.rpc()
                    + "` is not `/package.Service/Method` or"
                    + " `/package.Service/*`");
          }
          rows.add(new Row(rule.rpc(), new Need(rule, true)));
          seen.add(rule.rpc());
        });
  }

  /**
   * The first rule that matches.
   *
   * @param method {@code /package.Service/Method}
   */
  Optional<Need> match(String method) {
    return rows.stream().filter(row -> row.matches(method)).map(Row::need).findFirst();
  }

  /**
   * The question about a message; empty for a message that lacks what the rule names, or has
   * something else there than a text or an integer.
   */
  static Optional<Check> check(Need need, Object message) {
    if (need.names().isEmpty()) {
      return Optional.of(need.check(name -> null));
    }
    if (!(message instanceof Message proto)) {
      return Optional.empty();
    }
    try {
      return Optional.of(need.check(name -> field(proto, name)));
    } catch (MissingField e) {
      return Optional.empty();
    }
  }

  /** A field's text. */
  private static String field(MessageOrBuilder message, String name) {
    MessageOrBuilder holder = message;
    String[] steps = name.split("\\.");
    for (int i = 0; i < steps.length - 1; i++) {
      FieldDescriptor inner = find(holder.getDescriptorForType(), steps[i]);
      if (inner.isRepeated()
          || inner.getJavaType() != FieldDescriptor.JavaType.MESSAGE
          || !holder.hasField(inner)) {
        throw new MissingField();
      }
      holder = (MessageOrBuilder) holder.getField(inner);
    }
    FieldDescriptor field = find(holder.getDescriptorForType(), steps[steps.length - 1]);
    if (field.isRepeated() || (field.hasPresence() && !holder.hasField(field))) {
      throw new MissingField();
    }
    String text =
        switch (field.getJavaType()) {
          case STRING -> (String) holder.getField(field);
          case INT -> integer(field, ((Integer) holder.getField(field)).longValue());
          case LONG -> integer(field, (Long) holder.getField(field));
          default -> throw new MissingField();
        };
    if (text.isEmpty() || Template.hasControl(text)) {
      throw new MissingField();
    }
    return text;
  }

  /** Java has no unsigned integers, so that large ones are held as negative ones. */
  private static String integer(FieldDescriptor field, long value) {
    return switch (field.getType()) {
      case UINT32, FIXED32 -> Integer.toUnsignedString((int) value);
      case UINT64, FIXED64 -> Long.toUnsignedString(value);
      default -> Long.toString(value);
    };
  }

  private static FieldDescriptor find(Descriptor type, String name) {
    FieldDescriptor field = type.findFieldByName(name);
    if (field == null) {
      throw new MissingField();
    }
    return field;
  }

  /** A message that does not name the resource. */
  private static final class MissingField extends RuntimeException {
    private static final long serialVersionUID = 1;

    MissingField() {
      super(null, null, false, false);
    }
  }
}
