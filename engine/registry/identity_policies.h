// The policies that say what a role or a user may do.

#ifndef ROLEGATE_ENGINE_REGISTRY_IDENTITY_POLICIES_H_
#define ROLEGATE_ENGINE_REGISTRY_IDENTITY_POLICIES_H_

#include <memory>
#include <string>

#include "absl/container/inlined_vector.h"
#include "engine/memory/compact_vector.h"
#include "engine/program/policy.h"
#include "engine/program/policy_index.h"

namespace rolegate {

// What users and roles have in common: policies that say what they may do.
// Pointers point into the snapshot that holds the entity.
struct IdentityPolicies {
  // Inline, attached, and of groups.
  absl::InlinedVector<const Policy*, 2> policies;
  // Of them; null where they are few.
  std::shared_ptr<const PolicyIndex> index;

  bool has_boundary = false;
  const Policy* boundary = nullptr;  // null with has_boundary: it is missing

  // ARNs of attached policies and boundaries that the registry does not hold
  // (only with missing_policies: deny).  Not empty: every decision for the
  // entity is denied.
  CompactVector<std::string> missing;

  // Once all policies are there.
  void Finish() {
    index = PolicyIndex::Build(policies);
    if (!policies.empty()) first_program_ = &policies.front()->program();
  }

  // Asks memory for what a decision will read first, all of it at once: of a
  // large registry nothing is in a cache, and one part names the next.
  void Prefetch() const {
    if (first_program_ == nullptr) return;
    __builtin_prefetch(policies.front());
    first_program_->Prefetch();
  }

 private:
  const Program* first_program_ = nullptr;  // so that it need not be looked up
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_IDENTITY_POLICIES_H_
