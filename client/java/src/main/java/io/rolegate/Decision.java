package io.rolegate;

import io.rolegate.v1.AuthorizationResult;
import io.rolegate.v1.AuthorizeResponse;
import io.rolegate.v1.Explanation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An answer.
 *
 * @param allowed whether it is allowed
 * @param explicit whether a statement denies; without it nothing allowed
 * @param reason the decision in a sentence
 * @param decisionId its name in the audit log
 * @param registryRevision what decided
 * @param encodedMessage a denial's record, sealed for administrators
 * @param cacheableFor how long an equal question may be answered from a cache; empty: not at all
 * @param contextKeysRead what the answer depends on
 * @param explanation why, where it was asked for
 */
public record Decision(
    boolean allowed,
    boolean explicit,
    String reason,
    String decisionId,
    String registryRevision,
    String encodedMessage,
    Optional<Duration> cacheableFor,
    List<String> contextKeysRead,
    Optional<Explanation> explanation) {

  static Decision of(AuthorizeResponse answer) {
    Optional<Duration> cacheable =
        answer.hasCacheableFor()
            ? Optional.of(
                Duration.ofSeconds(
                    answer.getCacheableFor().getSeconds(), answer.getCacheableFor().getNanos()))
            : Optional.empty();
    return new Decision(
        answer.getDecision() == io.rolegate.v1.Decision.DECISION_ALLOW,
        answer.getDecision() == io.rolegate.v1.Decision.DECISION_EXPLICIT_DENY,
        answer.getReason(),
        answer.getDecisionId(),
        answer.getRegistryRevision(),
        answer.getEncodedMessage(),
        cacheable,
        List.copyOf(answer.getContextKeysReadList()),
        answer.hasExplanation() ? Optional.of(answer.getExplanation()) : Optional.empty());
  }

  static Decision of(AuthorizationResult answer, String revision) {
    return new Decision(
        answer.getDecision() == io.rolegate.v1.Decision.DECISION_ALLOW,
        answer.getDecision() == io.rolegate.v1.Decision.DECISION_EXPLICIT_DENY,
        answer.getReason(),
        answer.getDecisionId(),
        revision,
        answer.getEncodedMessage(),
        Optional.empty(),
        List.of(),
        answer.hasExplanation() ? Optional.of(answer.getExplanation()) : Optional.empty());
  }
}
