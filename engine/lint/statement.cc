#include "engine/lint/statement.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/policy/context_keys.h"
#include "engine/text/arn.h"
#include "engine/text/fault_text.h"
#include "engine/text/spelling.h"

namespace rolegate {

std::string ActionPath(const StatementDocument& statement) {
  return absl::StrCat(statement.path,
                      statement.action->negated ? ".NotAction" : ".Action");
}

std::string ResourcePath(const StatementDocument& statement) {
  return absl::StrCat(statement.path, statement.resource->negated
                                          ? ".NotResource"
                                          : ".Resource");
}

std::string PrincipalPath(const StatementDocument& statement) {
  return absl::StrCat(statement.path, statement.principal->negated
                                          ? ".NotPrincipal"
                                          : ".Principal");
}

std::string ConditionPath(const StatementDocument& statement,
                          const ConditionClause& clause) {
  return absl::StrCat(statement.path, ".Condition.", Echo(clause.op_name.value),
                      ".", Echo(clause.key.value));
}

bool NamesEveryone(const StatementDocument& statement) {
  return statement.principal && !statement.principal->negated &&
         std::any_of(statement.principal->entries.begin(),
                     statement.principal->entries.end(),
                     [](const PrincipalEntry& entry) {
                       return entry.type == PrincipalType::kAws &&
                              entry.text.value == "*";
                     });
}

bool NamesAction(const StatementDocument& statement, absl::string_view action,
                 PatternCover& cover) {
  const bool listed = std::any_of(statement.action->patterns.begin(),
                                  statement.action->patterns.end(),
                                  [&](const SourceText& pattern) {
                                    return cover.Actions(pattern.value, action);
                                  });
  return listed != statement.action->negated;
}

bool NamesEveryResource(const StatementDocument& statement,
                        PatternCover& cover) {
  if (!statement.resource) return true;
  return !statement.resource->negated &&
         std::any_of(statement.resource->patterns.begin(),
                     statement.resource->patterns.end(),
                     [&](const SourceText& pattern) {
                       return cover.Resources(pattern.value, "*") ||
                              cover.Resources(pattern.value, "arn:aws:*:*:*:*");
                     });
}

bool IsPositiveTest(const ConditionOperator& op) {
  return op.type != OperandType::kNull && !op.negated && !op.if_exists &&
         op.quantifier != SetQuantifier::kForAllValues;
}

namespace {

bool HasValue(const ConditionClause& clause, absl::string_view value) {
  return std::any_of(clause.values.begin(), clause.values.end(),
                     [&](const SourceText& text) {
                       return absl::EqualsIgnoreCase(text.value, value);
                     });
}

// `*`, `o-*`, `arn:aws:iam::*:role/*`: all values of some kind, whosever they
// are.
bool IsForAll(absl::string_view value) {
  constexpr absl::string_view kWild = "*?";
  for (const absl::string_view prefix : {"", "o-", "vpc-", "vpce-"}) {
    absl::string_view rest = value;
    if (absl::ConsumePrefix(&rest, prefix) && HasWildcard(rest) &&
        rest.find_first_not_of(kWild) == absl::string_view::npos) {
      return true;
    }
  }
  const std::optional<Arn> arn = Arn::Parse(value);
  if (!arn || !IsAnything(arn->account)) return false;
  const std::size_t name = arn->resource.find_last_of("/:");
  return IsAnything(name == absl::string_view::npos
                        ? arn->resource
                        : arn->resource.substr(name + 1)) &&
         arn->resource.substr(0, name).find_first_of(":/") ==
             absl::string_view::npos;
}

// Keys that tell kinds of principal apart, and not one from another.  Whoever
// is no service is everyone.
bool TellsKindsOnly(const ConditionClause& clause) {
  const ContextKey key(clause.key.value);
  return key == keys::kPrincipalType ||
         (key == keys::kPrincipalIsAwsService && HasValue(clause, "false"));
}

}  // namespace

bool AdmitsAnything(const ConditionClause& clause) {
  const bool like = clause.op.comparison == Comparison::kLike ||
                    clause.op.type == OperandType::kArn;
  const bool address = clause.op.type == OperandType::kIpAddress;
  return std::any_of(clause.values.begin(), clause.values.end(),
                     [&](const SourceText& text) {
                       return address ? absl::EndsWith(text.value, "/0")
                                      : like && IsForAll(text.value);
                     });
}

bool LimitsRequesters(const ConditionClause& clause,
                      PrincipalKinds requesters) {
  if (!IsPositiveTest(clause.op) || !IsLimitingKey(clause.key.value) ||
      TellsKindsOnly(clause) || AdmitsAnything(clause)) {
    return false;
  }
  const KnownKey* const known = FindKnownKey(clause.key.value);
  return known == nullptr || !requesters.NeverHave(*known);
}

PrincipalKinds RequestersOf(const StatementDocument& statement, PolicyKind kind,
                            PatternCover& cover) {
  using enum PrincipalKind;
  PrincipalKinds kinds;
  switch (kind) {
    case PolicyKind::kIdentity:
      return {kUser, kRoleSession, kFederatedUser};
    case PolicyKind::kSession:
      return {kRoleSession, kFederatedUser};
    case PolicyKind::kScp:
      return {kRoot, kUser, kRoleSession, kFederatedUser};
    case PolicyKind::kRcp:
      return Everybody(PolicyKind::kTrust);
    case PolicyKind::kResource:
    case PolicyKind::kTrust:
      break;
  }
  if (!statement.principal) return kinds;
  if (statement.principal->negated) return Everybody(kind);
  for (const PrincipalEntry& entry : statement.principal->entries) {
    kinds.Add(KindsOf(entry, kind));
  }
  if (kind != PolicyKind::kTrust) return kinds;
  const bool plain = NamesAction(statement, "sts:AssumeRole", cover);
  const bool web =
      NamesAction(statement, "sts:AssumeRoleWithWebIdentity", cover);
  const bool saml = NamesAction(statement, "sts:AssumeRoleWithSAML", cover);
  if (!plain && !web && !saml) return kinds;
  if (!plain)
    kinds.Remove(
        {kRoot, kUser, kRoleSession, kFederatedUser, kService, kAnonymous});
  if (!web) kinds.Remove({kWebIdentity});
  if (!saml) kinds.Remove({kSaml});
  return kinds;
}

StatementFacts::StatementFacts(const StatementDocument& statement,
                               PolicyKind kind, PatternCover& cover)
    : names_everyone_(NamesEveryone(statement)),
      requesters_(RequestersOf(statement, kind, cover)) {
  for (const ConditionClause& clause : statement.conditions) {
    KeyFacts& key = keys_[absl::AsciiStrToLower(clause.key.value)];
    const bool positive = IsPositiveTest(clause.op);
    const bool limits = positive && !AdmitsAnything(clause);
    const bool says_present = clause.op.type == OperandType::kNull &&
                              clause.values.size() == 1 &&
                              HasValue(clause, "false");
    key.limited = key.limited || limits;
    key.required = key.required || positive || says_present;
  }
}

StatementFacts::KeyFacts StatementFacts::Find(absl::string_view key) const {
  if (keys_.empty()) return {};
  const auto found = keys_.find(absl::AsciiStrToLower(key));
  return found == keys_.end() ? KeyFacts() : found->second;
}

bool StatementFacts::Limits(absl::string_view key) const {
  return Find(key).limited;
}

bool StatementFacts::Requires(absl::string_view key) const {
  return Find(key).required;
}

bool IsLimitingKey(absl::string_view key) {
  const KnownKey* const known = FindKnownKey(key);
  if (known != nullptr) return known->Is(KeyUse::kLimits);
  return absl::EqualsIgnoreCase(key, kKmsCallerAccount) ||
         absl::EndsWithIgnoreCase(key, ":sub") ||
         absl::EndsWithIgnoreCase(key, ":aud");
}

bool IsMisspelledKey(absl::string_view name, StepBudget& steps) {
  static const auto* const known = [] {
    auto* const names = new std::vector<absl::string_view>;
    for (const KnownKey& key : KnownKeys()) names->push_back(key.name);
    return names;
  }();
  constexpr std::size_t kMaxEdits = 2;
  return FindKnownKey(name) == nullptr &&
         !NearestName(name, *known, kMaxEdits, &steps).empty();
}

bool IsAnything(absl::string_view value) {
  return !value.empty() &&
         value.find_first_not_of('*') == absl::string_view::npos;
}

bool IsAnyArn(absl::string_view value) {
  const std::optional<Arn> arn = Arn::Parse(value);
  return arn && IsAnything(arn->account) && IsAnything(arn->resource);
}

bool HasWildcard(absl::string_view text) {
  return text.find_first_of("*?") != absl::string_view::npos;
}

bool HasUpper(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isupper(static_cast<unsigned char>(c));
  });
}

}  // namespace rolegate
