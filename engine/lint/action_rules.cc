// Action and NotAction: names and wildcards.

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/lint/list_rules.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"

namespace rolegate {
namespace {

bool MatchesNothing(absl::string_view action) {
  const std::size_t colon = action.find(':');
  if (colon == absl::string_view::npos) return false;  // `*`
  const absl::string_view name = action.substr(colon + 1);
  return name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
           return c == ',' || c == '$' ||
                  absl::ascii_isspace(static_cast<unsigned char>(c));
         });
}

}  // namespace

void LintActions(const LintScope& scope, const StatementDocument& statement) {
  const PatternElement& element = *statement.action;
  const std::string path = ActionPath(statement);
  for (const SourceText& action : element.patterns) {
    const absl::string_view prefix =
        action.value.substr(0, action.value.find(':'));
    if (MatchesNothing(action.value)) {
      scope.report.Add(Finding::kActionMatchesNothing, action, path);
    }
    if (HasUpper(prefix)) {
      scope.report.Add(Finding::kActionPrefixCase, action, path);
    }
    if (scope.kind == PolicyKind::kRcp && action.value == "*" &&
        statement.effect == Effect::kDeny) {
      scope.report.Add(Finding::kRcpOfEveryAction, action, path);
    }
    if (absl::StrContains(action.value, "**")) {
      scope.report.Add(Finding::kRepeatedWildcard, action, path);
    }
  }
  LintCovered(scope, element.patterns, LetterCase::kIgnored,
              Finding::kRedundantAction, path,
              [&](absl::string_view general, absl::string_view special) {
                return scope.cover.Actions(general, special);
              });
}

}  // namespace rolegate
