#include "engine/lint/statement.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/context_keys.h"
#include "engine/spelling.h"

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
  return absl::StrCat(statement.path, ".Condition.", clause.op_name.value, ".",
                      clause.key.value);
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

bool TestsKey(const StatementDocument& statement, absl::string_view key) {
  return std::any_of(statement.conditions.begin(), statement.conditions.end(),
                     [&](const ConditionClause& clause) {
                       return absl::EqualsIgnoreCase(clause.key.value, key);
                     });
}

bool RequiresKey(const StatementDocument& statement, absl::string_view key) {
  return std::any_of(
      statement.conditions.begin(), statement.conditions.end(),
      [&](const ConditionClause& clause) {
        if (!absl::EqualsIgnoreCase(clause.key.value, key)) return false;
        if (clause.op.type == OperandType::kNull) {
          return clause.values.size() == 1 &&
                 absl::EqualsIgnoreCase(clause.values.front().value, "false");
        }
        return !clause.op.negated && !clause.op.if_exists &&
               clause.op.quantifier != SetQuantifier::kForAllValues;
      });
}

bool IsLimitingKey(absl::string_view key) {
  static constexpr absl::string_view kPrefixes[] = {
      "aws:Principal",  "aws:Source",        "aws:Vpc",
      "aws:userid",     "aws:username",      "aws:FederatedProvider",
      "sts:ExternalId", "kms:CallerAccount", "saml:"};
  static constexpr absl::string_view kClaims[] = {":sub", ":aud"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](absl::string_view prefix) {
                       return absl::StartsWithIgnoreCase(key, prefix);
                     }) ||
         std::any_of(std::begin(kClaims), std::end(kClaims),
                     [&](absl::string_view claim) {
                       return absl::EndsWithIgnoreCase(key, claim);
                     });
}

bool IsMisspelledKey(absl::string_view name) {
  if (FindKnownKey(name) != nullptr) return false;
  std::vector<absl::string_view> known;
  for (const KnownKey& key : KnownKeys()) known.push_back(key.name);
  constexpr std::size_t kMaxName = 64;  // longer than any that is known
  return name.size() <= kMaxName && !NearestName(name, known, 2).empty();
}

bool HasWildcard(absl::string_view text) {
  return text.find_first_of("*?") != absl::string_view::npos;
}

}  // namespace rolegate
