// Policy variables.
//
// AWS: "IAM policy elements: Variables and tags", IAM User Guide.

#include <string>

#include "engine/context_keys.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"

namespace rolegate {
namespace {

constexpr auto npos = absl::string_view::npos;

void LintText(const LintScope& scope, const SourceText& text,
              const std::string& path) {
  for (std::size_t begin = text.value.find("${"); begin != npos;
       begin = text.value.find("${", begin + 2)) {
    const std::size_t end = text.value.find('}', begin);
    if (end == npos) {
      scope.report.Add(Finding::kUnterminatedVariable, text, path);
      return;
    }
    const absl::string_view body =
        text.value.substr(begin + 2, end - begin - 2);
    const absl::string_view name = body.substr(0, body.find(", '"));
    if (IsMultiValuedKey(name)) {
      scope.report.Add(Finding::kMultiValuedVariable, text, path);
    } else if (IsMisspelledKey(name)) {
      scope.report.Add(Finding::kMisspelledVariable, text, path);
    }
  }
}

}  // namespace

void LintVariables(const LintScope& scope, const StatementDocument& statement) {
  if (scope.policy.version != PolicyVersion::k2012_10_17) return;
  if (statement.resource) {
    for (const SourceText& text : statement.resource->patterns) {
      LintText(scope, text, ResourcePath(statement));
    }
  }
  for (const ConditionClause& clause : statement.conditions) {
    for (const SourceText& value : clause.values) {
      LintText(scope, value, ConditionPath(statement, clause));
    }
  }
}

}  // namespace rolegate
