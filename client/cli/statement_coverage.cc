#include "client/cli/statement_coverage.h"

#include "absl/strings/str_cat.h"

namespace rolegate::cli {

StatementCoverage::StatementCoverage(const Snapshot& registry) {
  for (const Policy* policy : registry.AllPolicies()) {
    const auto count = policy->program().statements().size();
    for (std::size_t i = 0; i < count; ++i) {
      statements_.push_back({policy, static_cast<int>(i)});
    }
  }
}

void StatementCoverage::Add(const Explanation& explanation) {
  for (const MatchedStatement& matched : explanation.matched) {
    // A case's own session policies are not the registry's.
    if (matched.statement.policy->file().empty()) continue;
    decisive_.emplace(matched.statement.policy, matched.statement.index);
  }
}

std::vector<std::string> StatementCoverage::NeverDecisive() const {
  std::vector<std::string> texts;
  for (const StatementRef& statement : statements_) {
    if (!decisive_.contains({statement.policy, statement.index})) {
      texts.push_back(StatementText(statement));
    }
  }
  return texts;
}

std::string StatementText(const StatementRef& statement) {
  const Policy& policy = *statement.policy;
  const absl::string_view sid = statement.view().sid();
  const std::string& file = policy.file();
  return absl::StrCat(
      file.empty() ? ""
                   : absl::StrCat(file, ":", statement.position().line, " "),
      sid.empty() ? absl::StrCat("statement ", statement.index)
                  : absl::StrCat("`", sid, "`"),
      " of `", policy.name(), "`");
}

}  // namespace rolegate::cli
