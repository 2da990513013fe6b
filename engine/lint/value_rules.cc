// Values of conditions.

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/lint/list_rules.h"
#include "engine/lint/rules.h"
#include "engine/lint/service_names.h"
#include "engine/lint/statement.h"
#include "engine/policy/context_keys.h"
#include "engine/text/arn.h"
#include "engine/text/cidr.h"

namespace rolegate {
namespace {

bool HasVariable(absl::string_view value) {
  return absl::StrContains(value, "${");
}

// A clause with what is known of its key, which is looked up once: a key and
// its values may both be long.
struct KeyedClause {
  explicit KeyedClause(const ConditionClause& of)
      : clause(of), known(FindKnownKey(of.key.value)) {}

  bool Is(KeyUse use) const { return known != nullptr && known->Is(use); }
  bool IsKey(const ContextKey& key) const {
    return known != nullptr && known->name == key.name;
  }
  KeyValues values() const {
    return known == nullptr ? KeyValues::kAny : known->values;
  }

  const ConditionClause& clause;
  const KnownKey* const known;  // null: none that AWS defines
};

// Whether the key's value says which strangers are let in.
bool IsSensitive(const KeyedClause& keyed) {
  return keyed.Is(KeyUse::kAdmits) ||
         absl::EndsWithIgnoreCase(keyed.clause.key.value, ":aud");
}

// Whether the key's values are identifiers without structure, in which a
// wildcard never makes sense.  AWS: "AWS global condition context keys",
// sensitive keys.
bool IsIdentifier(const KeyedClause& keyed) {
  switch (keyed.values()) {
    case KeyValues::kAccount:
    case KeyValues::kOrganization:
    case KeyValues::kVpc:
    case KeyValues::kVpcEndpoint:
      return true;
    default:
      return false;
  }
}

// Whether the key's value is a moment.
bool IsClock(const KeyedClause& keyed) {
  return keyed.known != nullptr && keyed.known->type == KeyType::kDate;
}

// Whether the key's values are service principals.
bool NamesService(const KeyedClause& keyed) {
  const absl::string_view key = keyed.clause.key.value;
  return keyed.values() == KeyValues::kServiceName ||
         absl::EqualsIgnoreCase(key, "iam:PassedToService") ||
         absl::EqualsIgnoreCase(key, "iam:AWSServiceName");
}

void LintService(const LintScope& scope, const StatementDocument& statement,
                 const ConditionClause& clause, const SourceText& value) {
  const std::string meant = MisspelledService(value.value, scope.steps);
  if (meant.empty()) return;
  scope.report.AddWithHint(
      Finding::kMisspelledServicePrincipal, value,
      [&] { return ConditionPath(statement, clause); },
      absl::StrCat("did you mean `", meant, "`"));
}

void LintStringValue(const LintScope& scope, const StatementDocument& statement,
                     const KeyedClause& keyed, const SourceText& value) {
  const ConditionClause& clause = keyed.clause;
  const auto path = [&] { return ConditionPath(statement, clause); };
  const KeyValues values = keyed.values();
  const bool like = clause.op.comparison == Comparison::kLike;
  if (HasVariable(value.value)) return;
  if (!like && absl::StrContains(value.value, "*")) {
    scope.report.Add(Finding::kWildcardIsLiteral, value, path);
    return;
  }
  if (HasWildcard(value.value)) return;
  if (NamesService(keyed)) LintService(scope, statement, clause, value);
  if (values == KeyValues::kAccount && !IsAccountId(value.value)) {
    scope.report.Add(Finding::kNotAnAccount, value, path);
  }
  if (values == KeyValues::kOrganization &&
      !absl::StartsWith(value.value, "o-")) {
    scope.report.Add(Finding::kNotAnOrganization, value, path);
  }
}

void LintWildcardValue(const LintScope& scope,
                       const StatementDocument& statement,
                       const StatementFacts& facts, const KeyedClause& keyed,
                       const SourceText& value) {
  const ConditionClause& clause = keyed.clause;
  const bool is_like = clause.op.comparison == Comparison::kLike ||
                       clause.op.type == OperandType::kArn;
  if (!is_like) return;
  const auto path = [&] { return ConditionPath(statement, clause); };
  if (absl::StrContains(value.value, "**")) {
    scope.report.Add(Finding::kRepeatedWildcard, value, path);
  }
  if (statement.effect != Effect::kAllow || clause.op.negated) return;
  const std::optional<Arn> arn = Arn::Parse(value.value);
  if (IsSensitive(keyed) &&
      (IsAnything(value.value) || IsAnyArn(value.value))) {
    scope.report.Add(Finding::kSensitiveKeyMatchesAnything, value, path);
  } else if (IsIdentifier(keyed) && HasWildcard(value.value) &&
             !HasVariable(value.value)) {
    scope.report.Add(Finding::kWildcardInSensitiveKey, value, path);
  } else if (keyed.IsKey(keys::kPrincipalArn) && facts.names_everyone() &&
             arn && IsAnything(arn->account) &&
             !facts.Limits(keys::kPrincipalAccount.name) &&
             !facts.Limits(keys::kPrincipalOrgId.name) &&
             !facts.Limits(keys::kPrincipalOrgPaths.name)) {
    scope.report.Add(Finding::kPrincipalArnOfAnyAccount, value, path);
  }
}

void LintAddressValue(const LintScope& scope,
                      const StatementDocument& statement,
                      const ConditionClause& clause, const SourceText& value) {
  const std::optional<CidrBlock> block = CidrBlock::Parse(value.value);
  if (!block) return;
  const auto path = [&] { return ConditionPath(statement, clause); };
  const auto address =
      IpAddress::Parse(value.value.substr(0, value.value.find('/')));
  if (address && address->bytes != block->address.bytes) {
    scope.report.Add(Finding::kCidrHostBits, value, path);
  }
  if (block->prefix_size == 0 && statement.effect == Effect::kAllow &&
      !clause.op.negated) {
    scope.report.Add(Finding::kEveryAddress, value, path);
  }
}

void LintDateValue(const LintScope& scope, const StatementDocument& statement,
                   const ConditionClause& clause, const SourceText& value) {
  constexpr std::size_t kYearDigits = 4;
  if (value.value.size() == kYearDigits &&
      std::all_of(value.value.begin(), value.value.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      })) {
    scope.report.Add(Finding::kYearIsEpochSeconds, value,
                     [&] { return ConditionPath(statement, clause); });
  }
}

void LintValue(const LintScope& scope, const StatementDocument& statement,
               const StatementFacts& facts, const KeyedClause& keyed,
               const SourceText& value) {
  const ConditionClause& clause = keyed.clause;
  switch (clause.op.type) {
    case OperandType::kString:
      LintStringValue(scope, statement, keyed, value);
      LintWildcardValue(scope, statement, facts, keyed, value);
      return;
    case OperandType::kArn:
      LintWildcardValue(scope, statement, facts, keyed, value);
      return;
    case OperandType::kIpAddress:
      LintAddressValue(scope, statement, clause, value);
      return;
    case OperandType::kDate:
      LintDateValue(scope, statement, clause, value);
      return;
    default:  // no value of another type is worth a finding
      return;
  }
}

void LintClause(const LintScope& scope, const StatementDocument& statement,
                const KeyedClause& keyed) {
  const ConditionClause& clause = keyed.clause;
  const auto path = [&] { return ConditionPath(statement, clause); };
  if (statement.effect == Effect::kAllow && !clause.op.negated &&
      clause.op.type == OperandType::kString && keyed.Is(KeyUse::kChosen)) {
    scope.report.Add(Finding::kRequesterChosenKey, clause.key, path);
  }
  const bool compares_time = clause.op.type == OperandType::kDate ||
                             clause.op.type == OperandType::kNumeric;
  if (compares_time && clause.op.comparison == Comparison::kEqual &&
      !clause.op.negated && IsClock(keyed)) {
    scope.report.Add(Finding::kEqualsAnInstant, clause.key, path);
  }
}

bool CoversValue(const LintScope& scope, const ConditionClause& clause,
                 absl::string_view general, absl::string_view special) {
  if (scope.cover.Same(general, special)) return true;
  switch (clause.op.type) {
    case OperandType::kString:
      return clause.op.comparison == Comparison::kLike &&
             scope.cover.Texts(general, special);
    case OperandType::kArn:
      return scope.cover.Resources(general, special);
    default:
      return false;
  }
}

}  // namespace

void LintValues(const LintScope& scope, const StatementDocument& statement,
                const StatementFacts& facts) {
  for (const ConditionClause& clause : statement.conditions) {
    const KeyedClause keyed(clause);
    LintClause(scope, statement, keyed);
    for (const SourceText& value : clause.values) {
      LintValue(scope, statement, facts, keyed, value);
    }
    LintCovered(
        scope, clause.values, LetterCase::kMatters, Finding::kRedundantValue,
        [&] { return ConditionPath(statement, clause); },
        [&](absl::string_view general, absl::string_view special) {
          return CoversValue(scope, clause, general, special);
        });
  }
}

}  // namespace rolegate
