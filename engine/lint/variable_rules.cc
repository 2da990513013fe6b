// Policy variables.
//
// AWS: "IAM policy elements: Variables and tags", IAM User Guide.

#include <cstddef>

#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/policy/context_keys.h"
#include "engine/text/text.h"

namespace rolegate {
namespace {

constexpr auto npos = absl::string_view::npos;

// Cuts the text as the compiler does: a `${` without a `}` behind it is plain
// text, and a variable ends at the first `}`.
template <typename Path>
void LintText(const LintScope& scope, const SourceText& text,
              const Path& path) {
  ForwardSearch closes(text.value, "}");
  ForwardSearch begins(text.value, "${");
  for (std::size_t begin = begins.At(0); begin != npos;) {
    const std::size_t end = closes.At(begin);
    if (end == npos) {
      scope.report.Add(Finding::kUnterminatedVariable, text, path);
      return;
    }
    const absl::string_view body =
        text.value.substr(begin + 2, end - begin - 2);
    const absl::string_view name = body.substr(0, body.find(", '"));
    if (IsMultiValuedKey(name)) {
      scope.report.Add(Finding::kMultiValuedVariable, text, path);
    } else if (IsMisspelledKey(name, scope.steps)) {
      scope.report.Add(Finding::kMisspelledVariable, text, path);
    }
    begin = begins.At(end);
  }
}

}  // namespace

void LintVariables(const LintScope& scope, const StatementDocument& statement) {
  if (scope.policy.version != PolicyVersion::k2012_10_17) return;
  if (statement.resource) {
    for (const SourceText& text : statement.resource->patterns) {
      LintText(scope, text, [&] { return ResourcePath(statement); });
    }
  }
  for (const ConditionClause& clause : statement.conditions) {
    for (const SourceText& value : clause.values) {
      LintText(scope, value, [&] { return ConditionPath(statement, clause); });
    }
  }
}

}  // namespace rolegate
