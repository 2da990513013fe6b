// Finds the resource policies that cover a resource.

#ifndef ROLEGATE_ENGINE_REGISTRY_RESOURCE_POLICY_INDEX_H_
#define ROLEGATE_ENGINE_REGISTRY_RESOURCE_POLICY_INDEX_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/program/policy.h"
#include "engine/program/program.h"
#include "engine/text/steps.h"

namespace rolegate {

// The policies that match one resource.  They are few, so they lie inline.
using MatchingPolicies = absl::InlinedVector<const Policy*, 8>;

// Nearly all patterns have no wildcard, and are found by hashing.  Those with a
// wildcard are tried in turn.
class ResourcePolicyIndex {
 public:
  void Add(absl::string_view pattern, std::shared_ptr<const Policy> policy);

  // Appends the policies whose pattern is `resource`, matches it, or stands
  // above it: `X` also covers `X/*`.  Charges the steps that this takes; once
  // the budget is exhausted, some policies may be left out.
  void Find(absl::string_view resource, StepBudget* budget,
            MatchingPolicies* policies) const;

  std::size_t size() const { return owned_.size(); }
  absl::Span<const std::shared_ptr<const Policy>> policies() const {
    return owned_;
  }

 private:
  struct Wildcard {
    // Its one statement has as resources the pattern, and the pattern of what
    // is below it.
    CountedPtr<const Program> program;
    const Policy* policy;
  };

  absl::flat_hash_map<std::string, std::vector<const Policy*>> exact_;
  absl::flat_hash_set<std::size_t> sizes_;  // of the patterns in exact_
  std::vector<std::shared_ptr<const Wildcard>> wildcards_;
  std::vector<std::shared_ptr<const Policy>> owned_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_RESOURCE_POLICY_INDEX_H_
