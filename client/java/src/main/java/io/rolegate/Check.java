package io.rolegate;

import io.rolegate.v1.AuthorizationCheck;
import io.rolegate.v1.ContextValues;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A question: may the session do {@code action} on {@code resource}?
 *
 * @param action {@code service:Name}
 * @param resource an ARN, or {@code *}
 * @param context the condition keys that you vouch for, with their values
 * @param resourceAccount the account that owns the resource, where its ARN does not say it; else
 *     empty
 * @param explain whether to say why, which needs rolegate:Explain; not in batches
 */
public record Check(
    String action,
    String resource,
    Map<String, List<String>> context,
    String resourceAccount,
    boolean explain) {

  /**
   * A question without a context.
   *
   * @param action {@code service:Name}
   * @param resource an ARN, or {@code *}
   * @return the question
   */
  public static Check of(String action, String resource) {
    return new Check(action, resource, Map.of(), "", false);
  }

  /**
   * The same question with one more condition key.
   *
   * @param key the condition key
   * @param values its values
   * @return the question
   */
  public Check with(String key, String... values) {
    Map<String, List<String>> more = new LinkedHashMap<>(context);
    more.put(key, List.of(values));
    return new Check(action, resource, more, resourceAccount, explain);
  }

  /**
   * The same question about a resource of that account.
   *
   * @param account twelve digits
   * @return the question
   */
  public Check ofAccount(String account) {
    return new Check(action, resource, context, account, explain);
  }

  /**
   * The same question, which asks why too.
   *
   * @return the question
   */
  public Check explained() {
    return new Check(action, resource, context, resourceAccount, true);
  }

  AuthorizationCheck toProto() {
    return AuthorizationCheck.newBuilder()
        .setAction(action)
        .setResource(resource)
        .setResourceAccount(resourceAccount)
        .putAllContext(contextToProto(context))
        .build();
  }

  static Map<String, ContextValues> contextToProto(Map<String, List<String>> context) {
    Map<String, ContextValues> result = new LinkedHashMap<>();
    context.forEach(
        (key, values) -> result.put(key, ContextValues.newBuilder().addAllValues(values).build()));
    return result;
  }
}
