// Conditions on keys that may not be there.
//
// AWS: "IAM JSON policy elements: Condition operators", "Set operators for
// multivalued context keys", "AWS global condition context keys"
// (aws:MultiFactorAuthPresent), IAM User Guide.

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/policy/context_keys.h"

namespace rolegate {
namespace {

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

void LintDeny(const LintScope& scope, const StatementDocument& statement,
              const ConditionClause& clause) {
  if (ContextKey(clause.key.value) == keys::kMultiFactorAuthPresent &&
      clause.op.type == OperandType::kBool && !clause.op.if_exists &&
      HasValue(clause, "false")) {
    scope.report.Add(Finding::kMfaDenyMissesAbsentKey, clause.key,
                     [&] { return ConditionPath(statement, clause); });
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
