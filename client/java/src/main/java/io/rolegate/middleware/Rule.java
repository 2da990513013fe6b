package io.rolegate.middleware;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a route or a gRPC method needs.
 *
 * <pre>{@code
 * List<Rule> rules = List.of(
 *     Rule.http("GET", "/healthz").asPublic(),
 *     Rule.http("GET", "/orders/{id}")
 *         .action("orders:GetOrder")
 *         .resource("arn:aws:orders:::order/{id}"));
 * }</pre>
 *
 * <p>{@code {name}} in a path stands for one segment that is not empty, and {@code {name...}} for
 * the rest of the path, one segment at least. Resource and values of the context may have the same
 * placeholders; in a rule for gRPC they name fields of the request by their names in the proto
 * file, {@code {order_id}} or {@code {customer.id}}.
 *
 * <p>The first rule of a table that matches holds. A rule is checked when a table is made of it,
 * and cannot change.
 *
 * @param method of a rule for HTTP: {@code GET}, in capitals, or {@code *} for each; else null
 * @param path of a rule for HTTP: what is matched with the path as it came; else null
 * @param rpc of a rule for gRPC: {@code /package.Service/Method} or {@code /package.Service/*};
 *     else null
 * @param action {@code service:Name} without wildcards; null in a public rule
 * @param resource an ARN, or {@code *}; null in a public rule
 * @param context condition keys and their values
 * @param isPublic whether everybody may pass, without a session
 */
public record Rule(
    String method,
    String path,
    String rpc,
    String action,
    String resource,
    Map<String, List<String>> context,
    boolean isPublic) {

  /**
   * Makes a rule of all its parts; the static methods say the same more briefly.
   *
   * @param method as above
   * @param path as above
   * @param rpc as above
   * @param action as above
   * @param resource as above
   * @param context as above; copied
   * @param isPublic as above
   */
  public Rule {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    context.forEach((key, values) -> copy.put(key, List.copyOf(values)));
    context = Collections.unmodifiableMap(copy);
  }

  /**
   * A rule for an HTTP route, of which the action and the resource are still to be said.
   *
   * @param method {@code GET}, in capitals, or {@code *} for each
   * @param path {@code /orders/{id}}
   * @return the rule
   */
  public static Rule http(String method, String path) {
    return new Rule(method, path, null, null, null, Map.of(), false);
  }

  /**
   * A rule for a gRPC method, of which the action and the resource are still to be said.
   *
   * @param rpc {@code /package.Service/Method} or {@code /package.Service/*}
   * @return the rule
   */
  public static Rule rpc(String rpc) {
    return new Rule(null, null, rpc, null, null, Map.of(), false);
  }

  /**
   * The same rule with an action.
   *
   * @param action {@code service:Name} without wildcards
   * @return the rule
   */
  public Rule action(String action) {
    return new Rule(method, path, rpc, action, resource, context, isPublic);
  }

  /**
   * The same rule with a resource.
   *
   * @param resource an ARN, or {@code *}; placeholders are replaced
   * @return the rule
   */
  public Rule resource(String resource) {
    return new Rule(method, path, rpc, action, resource, context, isPublic);
  }

  /**
   * The same rule with one more condition key.
   *
   * @param key a condition key of your own, {@code orders:Channel}
   * @param values its values; placeholders are replaced
   * @return the rule
   */
  public Rule context(String key, String... values) {
    Map<String, List<String>> more = new LinkedHashMap<>(context);
    more.put(key, List.of(values));
    return new Rule(method, path, rpc, action, resource, more, isPublic);
  }

  /**
   * The same rule for everybody, session or not. Such a rule has neither action, nor resource, nor
   * context.
   *
   * @return the rule
   */
  public Rule asPublic() {
    return new Rule(method, path, rpc, action, resource, context, true);
  }
}
