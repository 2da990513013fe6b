// Values of conditions.

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/lint/list_rules.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/text/arn.h"
#include "engine/text/cidr.h"

namespace rolegate {
namespace {

template <std::size_t N>
bool IsOneOf(absl::string_view key, const absl::string_view (&known)[N]) {
  return std::any_of(std::begin(known), std::end(known),
                     [&](absl::string_view name) {
                       return absl::EqualsIgnoreCase(name, key);
                     });
}

bool HasVariable(absl::string_view value) {
  return absl::StrContains(value, "${");
}

// Keys whose value says which strangers are let in.
bool IsSensitive(absl::string_view key) {
  static constexpr absl::string_view kKeys[] = {
      "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID",
      "aws:SourceAccount",    "aws:SourceArn",    "aws:SourceOrgID",
      "aws:SourceVpc",        "aws:SourceVpce",   "saml:aud",
      "sts:ExternalId"};
  return IsOneOf(key, kKeys) || absl::EndsWithIgnoreCase(key, ":aud");
}

// Identifiers without structure, in which a wildcard never makes sense.  AWS:
// "AWS global condition context keys", sensitive keys.
bool IsIdentifier(absl::string_view key) {
  static constexpr absl::string_view kKeys[] = {
      "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:ResourceAccount",
      "aws:ResourceOrgID",    "aws:SourceAccount",  "aws:SourceOrgID",
      "aws:SourceVpc",        "aws:SourceVpce",     "aws:VpceAccount",
      "aws:VpceOrgID"};
  return IsOneOf(key, kKeys);
}

bool IsAnything(absl::string_view value) {
  return !value.empty() &&
         value.find_first_not_of('*') == absl::string_view::npos;
}

void LintStringValue(const LintScope& scope, const StatementDocument& statement,
                     const ConditionClause& clause, const SourceText& value) {
  static constexpr absl::string_view kAccounts[] = {
      "aws:PrincipalAccount", "aws:ResourceAccount", "aws:SourceAccount"};
  static constexpr absl::string_view kOrganizations[] = {
      "aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:SourceOrgID"};
  const auto path = [&] { return ConditionPath(statement, clause); };
  const absl::string_view key = clause.key.value;
  const bool like = clause.op.comparison == Comparison::kLike;
  if (HasVariable(value.value)) return;
  if (!like && absl::StrContains(value.value, "*")) {
    scope.report.Add(Finding::kWildcardIsLiteral, value, path);
    return;
  }
  if (HasWildcard(value.value)) return;
  if (IsOneOf(key, kAccounts) && !IsAccountId(value.value)) {
    scope.report.Add(Finding::kNotAnAccount, value, path);
  }
  if (IsOneOf(key, kOrganizations) && !absl::StartsWith(value.value, "o-")) {
    scope.report.Add(Finding::kNotAnOrganization, value, path);
  }
}

void LintWildcardValue(const LintScope& scope,
                       const StatementDocument& statement,
                       const StatementFacts& facts,
                       const ConditionClause& clause, const SourceText& value) {
  const bool is_like = clause.op.comparison == Comparison::kLike ||
                       clause.op.type == OperandType::kArn;
  if (!is_like) return;
  const auto path = [&] { return ConditionPath(statement, clause); };
  if (absl::StrContains(value.value, "**")) {
    scope.report.Add(Finding::kRepeatedWildcard, value, path);
  }
  if (statement.effect != Effect::kAllow || clause.op.negated) return;
  const std::optional<Arn> arn = Arn::Parse(value.value);
  const bool any_arn =
      arn && IsAnything(arn->account) && IsAnything(arn->resource);
  if (IsSensitive(clause.key.value) && (IsAnything(value.value) || any_arn)) {
    scope.report.Add(Finding::kSensitiveKeyMatchesAnything, value, path);
  } else if (IsIdentifier(clause.key.value) && HasWildcard(value.value) &&
             !HasVariable(value.value)) {
    scope.report.Add(Finding::kWildcardInSensitiveKey, value, path);
  } else if (absl::EqualsIgnoreCase(clause.key.value, "aws:PrincipalArn") &&
             facts.names_everyone() && arn && IsAnything(arn->account) &&
             !facts.Tests("aws:PrincipalAccount") &&
             !facts.Tests("aws:PrincipalOrgID") &&
             !facts.Tests("aws:PrincipalOrgPaths")) {
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
               const StatementFacts& facts, const ConditionClause& clause,
               const SourceText& value) {
  switch (clause.op.type) {
    case OperandType::kString:
      LintStringValue(scope, statement, clause, value);
      LintWildcardValue(scope, statement, facts, clause, value);
      return;
    case OperandType::kArn:
      LintWildcardValue(scope, statement, facts, clause, value);
      return;
    case OperandType::kIpAddress:
      LintAddressValue(scope, statement, clause, value);
      return;
    case OperandType::kDate:
      LintDateValue(scope, statement, clause, value);
      return;
    case OperandType::kBool:
    case OperandType::kNumeric:
    case OperandType::kBinary:
    case OperandType::kNull:
      return;
  }
}

void LintClause(const LintScope& scope, const StatementDocument& statement,
                const ConditionClause& clause) {
  static constexpr absl::string_view kChosenByRequester[] = {"aws:referer",
                                                             "aws:UserAgent"};
  static constexpr absl::string_view kClocks[] = {
      "aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"};
  const auto path = [&] { return ConditionPath(statement, clause); };
  if (statement.effect == Effect::kAllow && !clause.op.negated &&
      clause.op.type == OperandType::kString &&
      IsOneOf(clause.key.value, kChosenByRequester)) {
    scope.report.Add(Finding::kRequesterChosenKey, clause.key, path);
  }
  const bool compares_time = clause.op.type == OperandType::kDate ||
                             clause.op.type == OperandType::kNumeric;
  if (compares_time && clause.op.comparison == Comparison::kEqual &&
      !clause.op.negated && IsOneOf(clause.key.value, kClocks)) {
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
    LintClause(scope, statement, clause);
    for (const SourceText& value : clause.values) {
      LintValue(scope, statement, facts, clause, value);
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
