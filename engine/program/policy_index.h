// Finds, among the statements of many policies that reach one principal, those
// that may bear on a request.

#ifndef ROLEGATE_ENGINE_PROGRAM_POLICY_INDEX_H_
#define ROLEGATE_ENGINE_PROGRAM_POLICY_INDEX_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/program/policy.h"
#include "engine/program/statement_index.h"

namespace rolegate {

// One StatementIndex over them all, so that a request need not walk each
// policy's own.  Immutable.
class PolicyIndex {
 public:
  // Fewer are as quickly asked one after the other.
  static constexpr std::size_t kMinPolicies = 4;
  static constexpr std::size_t kMinStatements = 200;

  // Null for fewer.  The policies must outlive it.
  static std::unique_ptr<const PolicyIndex> Build(
      absl::Span<const Policy* const> policies);

  // Calls `f(policy, statement, order)` with the numbers of all that may
  // match, in no order, each once.  `order` goes by policies, and within one by
  // its statements.  Charges the walk to `budget`.
  template <typename F>
  void ForEachCandidate(absl::string_view folded_action,
                        absl::string_view resource, StepBudget* budget,
                        F f) const {
    statements_->ForEachCandidate(
        folded_action, resource, budget, [&](std::uint32_t order) {
          const auto after =
              std::upper_bound(begins_.begin(), begins_.end(), order);
          const auto policy =
              static_cast<std::size_t>(after - begins_.begin()) - 1;
          f(policy, order - begins_[policy], order);
        });
  }

 private:
  PolicyIndex() = default;

  std::vector<std::uint32_t> begins_;  // the order of each policy's first
  std::unique_ptr<const StatementIndex> statements_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_POLICY_INDEX_H_
