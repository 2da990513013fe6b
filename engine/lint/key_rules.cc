// Condition operators and keys: names, types, numbers of values.

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/lint/token_subjects.h"
#include "engine/policy/context_keys.h"

namespace rolegate {
namespace {

// Whether the operator's comparison means something for the key's type.
// Values of tags and claims may be texts of anything.
bool Fits(OperandType operand, const KnownKey& key) {
  if (operand == OperandType::kNull || key.is_family()) return true;
  switch (key.type) {
    case KeyType::kString:
      return operand == OperandType::kString;
    case KeyType::kArn:
      return operand == OperandType::kArn || operand == OperandType::kString;
    case KeyType::kNumeric:
      return operand == OperandType::kNumeric;
    case KeyType::kDate:  // aws:EpochTime is a number, too
      return operand == OperandType::kDate || operand == OperandType::kNumeric;
    case KeyType::kBool:  // `StringEquals` with `true` decides the same
      return operand == OperandType::kBool || operand == OperandType::kString;
    case KeyType::kIpAddress:
      return operand == OperandType::kIpAddress;
  }
  return true;
}

// Whether AWS writes the key so.  Its own documents have `saml:` and `aws:` in
// upper case, too: `SAML:aud`, `AWS:SourceArn`.
bool IsSpelledRight(absl::string_view name, absl::string_view known) {
  const std::size_t colon = known.find(':');
  const absl::string_view prefix = name.substr(0, colon);
  const bool right_prefix =
      prefix == known.substr(0, colon) ||
      std::all_of(prefix.begin(), prefix.end(), [](char c) {
        return absl::ascii_isupper(static_cast<unsigned char>(c));
      });
  return right_prefix &&
         absl::StartsWith(name.substr(colon), known.substr(colon));
}

void LintKnownKey(const LintScope& scope, const StatementDocument& statement,
                  const ConditionClause& clause, const KnownKey& key) {
  const auto path = [&] { return ConditionPath(statement, clause); };
  if (!IsSpelledRight(clause.key.value, key.name)) {
    scope.report.Add(Finding::kKeyCase, clause.key, path);
  }
  if (!Fits(clause.op.type, key)) {
    scope.report.Add(Finding::kOperatorDoesNotFitKey, clause.key, path);
  } else if (key.type == KeyType::kArn &&
             clause.op.type == OperandType::kString &&
             clause.op.comparison == Comparison::kLike) {
    scope.report.Add(Finding::kArnKeyWithStringOperator, clause.key, path);
  }
  if (clause.op.type == OperandType::kNull) return;
  const bool quantified = clause.op.quantifier != SetQuantifier::kNone;
  if (quantified && !key.multi_valued()) {
    scope.report.Add(Finding::kSetOperatorOnSingleValuedKey, clause.key, path);
  }
  if (!quantified && key.multi_valued()) {
    scope.report.Add(Finding::kMultiValuedKeyWithoutSetOperator, clause.key,
                     path);
  }
}

// Identity providers give this claim several values.
bool IsClaimOfSeveralValues(absl::string_view name) {
  const TokenKey key = TokenKey::Of(name);
  return absl::EqualsIgnoreCase(key.claim, "amr") &&
         LooksLikeIssuer(key.issuer);
}

void LintUnknownKey(const LintScope& scope, const StatementDocument& statement,
                    const ConditionClause& clause) {
  const auto path = [&] { return ConditionPath(statement, clause); };
  const absl::string_view name = clause.key.value;
  if (!absl::StrContains(name, ":")) {
    scope.report.Add(Finding::kKeyWithoutPrefix, clause.key, path);
  } else if (IsMisspelledKey(name, scope.steps)) {
    scope.report.Add(Finding::kMisspelledKey, clause.key, path);
  } else if (absl::StartsWithIgnoreCase(name, "aws:") ||
             absl::StartsWithIgnoreCase(name, "sts:")) {
    scope.report.Add(Finding::kUnknownKey, clause.key, path);
  } else if (IsClaimOfSeveralValues(name) &&
             clause.op.type != OperandType::kNull &&
             clause.op.quantifier == SetQuantifier::kNone) {
    scope.report.Add(Finding::kMultiValuedKeyWithoutSetOperator, clause.key,
                     path);
  }
}

}  // namespace

void LintKeys(const LintScope& scope, const StatementDocument& statement) {
  // The keys of one operator stand in a row: in lower case, with what they were
  // the first time.
  absl::flat_hash_map<std::string, absl::string_view> seen;
  const ConditionClause* last = nullptr;
  for (const ConditionClause& clause : statement.conditions) {
    const auto path = [&] { return ConditionPath(statement, clause); };
    if (last == nullptr || !(last->op == clause.op)) seen.clear();
    if (last == nullptr || last->op_name.offset != clause.op_name.offset) {
      if (clause.op_name.value != ConditionOperatorName(clause.op)) {
        scope.report.Add(Finding::kOperatorCase, clause.op_name, path);
      }
    }
    last = &clause;
    if (const KnownKey* key = FindKnownKey(clause.key.value)) {
      LintKnownKey(scope, statement, clause, *key);
    } else {
      LintUnknownKey(scope, statement, clause);
    }
    const absl::string_view first =
        seen.emplace(absl::AsciiStrToLower(clause.key.value), clause.key.value)
            .first->second;
    if (first != clause.key.value) {
      scope.report.Add(Finding::kKeysDifferInCase, clause.key, path);
    }
  }
}

}  // namespace rolegate
