#include "engine/lint/statement.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/context_keys.h"
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

StatementFacts::StatementFacts(const StatementDocument& statement)
    : names_everyone_(NamesEveryone(statement)) {
  for (const ConditionClause& clause : statement.conditions) {
    bool& required = required_[absl::AsciiStrToLower(clause.key.value)];
    if (clause.op.type == OperandType::kNull) {
      required = required ||
                 (clause.values.size() == 1 &&
                  absl::EqualsIgnoreCase(clause.values.front().value, "false"));
    } else {
      required =
          required || (!clause.op.negated && !clause.op.if_exists &&
                       clause.op.quantifier != SetQuantifier::kForAllValues);
    }
  }
}

const bool* StatementFacts::Find(absl::string_view key) const {
  if (required_.empty()) return nullptr;
  const auto found = required_.find(absl::AsciiStrToLower(key));
  return found == required_.end() ? nullptr : &found->second;
}

bool StatementFacts::Tests(absl::string_view key) const {
  return Find(key) != nullptr;
}

bool StatementFacts::Requires(absl::string_view key) const {
  const bool* const required = Find(key);
  return required != nullptr && *required;
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

bool HasWildcard(absl::string_view text) {
  return text.find_first_of("*?") != absl::string_view::npos;
}

bool HasUpper(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isupper(static_cast<unsigned char>(c));
  });
}

}  // namespace rolegate
