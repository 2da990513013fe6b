// Conditions on keys that may not be there.
//
// AWS: "IAM JSON policy elements: Condition operators", "Set operators for
// multivalued context keys", "AWS global condition context keys"
// (aws:MultiFactorAuthPresent), IAM User Guide.

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/policy/context_keys.h"

namespace rolegate {
namespace {

// The cost of looking at a statement.
constexpr std::uint64_t kStepsOfStatement = 20;

bool IsAlwaysPresent(absl::string_view key) {
  const KnownKey* const known = FindKnownKey(key);
  return known != nullptr && known->IsAlwaysPresent();
}

bool HasValue(const ConditionClause& clause, absl::string_view value) {
  return std::any_of(clause.values.begin(), clause.values.end(),
                     [&](const SourceText& text) {
                       return absl::EqualsIgnoreCase(text.value, value);
                     });
}

void LintAllow(const LintScope& scope, const StatementDocument& statement,
               const StatementFacts& facts, const ConditionClause& clause) {
  const absl::string_view key = clause.key.value;
  const ConditionOperator& op = clause.op;
  if (op.type == OperandType::kNull || IsAlwaysPresent(key) ||
      facts.Requires(key)) {
    return;
  }
  const auto path = [&] { return ConditionPath(statement, clause); };
  if (ContextKey(key) == keys::kMultiFactorAuthPresent && op.if_exists &&
      op.type == OperandType::kBool && HasValue(clause, "true")) {
    scope.report.Add(Finding::kMfaAllowsAbsentKey, clause.key, path);
  } else if (op.quantifier == SetQuantifier::kForAllValues) {
    // A request without tags has no tag that is not listed: what is meant.
    if (ContextKey(key) != keys::kTagKeys) {
      scope.report.Add(Finding::kForAllValuesWithoutNull, clause.key, path);
    }
  } else if (op.if_exists) {
    if (!op.negated && IsLimitingKey(key)) {
      scope.report.Add(Finding::kIfExistsAllowsAbsentKey, clause.key, path);
    }
  } else if (op.negated && op.quantifier == SetQuantifier::kNone) {
    scope.report.Add(Finding::kNegatedOperatorAllowsAbsentKey, clause.key,
                     path);
  }
}

// Whether another statement of the document denies the same requests while the
// key is not there, and nothing else is asked of them.
template <typename Catches>
bool IsDeniedWhileAbsent(const LintScope& scope,
                         const StatementDocument& statement, Catches catches) {
  for (const StatementDocument& other : scope.policy.statements) {
    if (!scope.steps.Spend(kStepsOfStatement)) return true;
    if (other.effect == Effect::kDeny && other.index != statement.index &&
        other.conditions.size() == 1 && catches(other.conditions.front()) &&
        scope.cover.ActionElements(*other.action, *statement.action) &&
        (!other.resource || !statement.resource ||
         scope.cover.ResourceElements(*other.resource, *statement.resource))) {
      return true;
    }
  }
  return false;
}

// Whether a clause holds for requests without the key.
bool HoldsWhileAbsent(const ConditionClause& clause, const ContextKey& key) {
  if (ContextKey(clause.key.value) != key) return false;
  const ConditionOperator& op = clause.op;
  if (op.type == OperandType::kNull) return HasValue(clause, "true");
  return op.if_exists ||
         (op.negated && op.quantifier == SetQuantifier::kNone) ||
         op.quantifier == SetQuantifier::kForAllValues;
}

// Requests to assume a role always say how they came.
bool IsOfStsAlone(const StatementDocument& statement) {
  return !statement.action->negated &&
         std::all_of(statement.action->patterns.begin(),
                     statement.action->patterns.end(),
                     [](const SourceText& action) {
                       return absl::StartsWithIgnoreCase(action.value, "sts:");
                     });
}

bool IsFalse(const ConditionClause& clause) {
  const bool compares = clause.op.type == OperandType::kBool ||
                        clause.op.type == OperandType::kString;
  return compares && HasValue(clause, "false");
}

// Some keys say how sure one can be of a requester, so that a request without
// them deserves less trust than any value earns.
void LintDeny(const LintScope& scope, const StatementDocument& statement,
              const ConditionClause& clause) {
  const ConditionOperator& op = clause.op;
  if (op.negated || op.if_exists || op.type == OperandType::kNull ||
      op.quantifier == SetQuantifier::kForAllValues) {
    return;
  }
  const ContextKey key(clause.key.value);
  const auto path = [&] { return ConditionPath(statement, clause); };
  const auto absent = [&](const ConditionClause& other) {
    return HoldsWhileAbsent(other, key) ||
           (key == keys::kMultiFactorAuthAge &&
            HoldsWhileAbsent(other, keys::kMultiFactorAuthPresent));
  };
  if (key == keys::kMultiFactorAuthPresent && op.type == OperandType::kBool &&
      HasValue(clause, "false")) {
    scope.report.Add(Finding::kMfaDenyMissesAbsentKey, clause.key, path);
  } else if (key == keys::kMultiFactorAuthAge &&
             (op.comparison == Comparison::kGreater ||
              op.comparison == Comparison::kGreaterOrEqual)) {
    if (IsDeniedWhileAbsent(scope, statement, absent)) return;
    scope.report.AddWithHint(
        Finding::kDenyMissesAbsentKey, clause.key, path,
        "who brought no MFA at all has no such key, so add `IfExists`");
  } else if (key == keys::kSecureTransport && IsFalse(clause) &&
             scope.kind != PolicyKind::kTrust && !IsOfStsAlone(statement)) {
    if (IsDeniedWhileAbsent(scope, statement, absent)) return;
    scope.report.AddAs(
        Severity::kSuggestion, Finding::kDenyMissesAbsentKey, clause.key, path,
        "AWS always gives this key, and other services may not, so add "
        "`IfExists`");
  }
}

bool IsAlwaysTrue(const ConditionClause& clause) {
  if (clause.op.type == OperandType::kNull) {
    return HasValue(clause, "true") && HasValue(clause, "false");
  }
  return clause.op.comparison == Comparison::kLike && clause.op.if_exists &&
         !clause.op.negated && HasValue(clause, "*");
}

// `Null` says that the key is not there, and another clause needs it.
bool IsNeverTrue(const StatementFacts& facts, const ConditionClause& clause) {
  return clause.op.type == OperandType::kNull && clause.values.size() == 1 &&
         HasValue(clause, "true") && facts.Requires(clause.key.value);
}

}  // namespace

void LintPresence(const LintScope& scope, const StatementDocument& statement,
                  const StatementFacts& facts) {
  for (const ConditionClause& clause : statement.conditions) {
    if (statement.effect == Effect::kAllow) {
      LintAllow(scope, statement, facts, clause);
    } else {
      LintDeny(scope, statement, clause);
    }
    const auto path = [&] { return ConditionPath(statement, clause); };
    if (IsAlwaysTrue(clause)) {
      scope.report.Add(Finding::kConditionAlwaysTrue, clause.key, path);
    }
    if (IsNeverTrue(facts, clause)) {
      scope.report.Add(Finding::kConditionNeverTrue, clause.key, path);
    }
  }
}

}  // namespace rolegate
