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

// The policies of a role or a user.  Pointers point into the snapshot that
// holds the entity.
struct IdentityPolicies {
  // The inline and attached policies, and those of groups.
  absl::InlinedVector<const Policy*, 2> policies;
  // An index of them; null if they are few.
  std::shared_ptr<const PolicyIndex> index;

  bool has_boundary = false;
  const Policy* boundary = nullptr;  // null with has_boundary: it is missing

  // The ARNs of attached policies and boundaries that the registry does not
  // hold, which only missing_policies: deny allows.  If there are any, every
  // decision for the entity is denied.
  CompactVector<std::string> missing;

  // Indexes the policies.  Call it once all of them are there.
  void Finish() { index = PolicyIndex::Build(policies); }
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_IDENTITY_POLICIES_H_
