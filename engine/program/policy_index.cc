#include "engine/program/policy_index.h"

#include "engine/program/statement_index_builder.h"

namespace rolegate {

std::unique_ptr<const PolicyIndex> PolicyIndex::Build(
    absl::Span<const Policy* const> policies) {
  if (policies.size() < kMinPolicies) return nullptr;
  std::vector<const Program*> programs;
  std::vector<std::uint32_t> begins;
  std::size_t statements = 0;
  for (const Policy* policy : policies) {
    programs.push_back(&policy->program());
    begins.push_back(static_cast<std::uint32_t>(statements));
    statements += policy->program().statements().size();
  }
  if (statements < kMinStatements) return nullptr;
  std::unique_ptr<PolicyIndex> index(new PolicyIndex);
  index->begins_ = std::move(begins);
  index->statements_ = BuildStatementIndex(programs);
  return index;
}

}  // namespace rolegate
