// The policies that may have a say in a request, by layer.

#ifndef ROLEGATE_ENGINE_DECIDE_POLICY_SET_H_
#define ROLEGATE_ENGINE_DECIDE_POLICY_SET_H_

#include "absl/types/span.h"
#include "engine/program/policy.h"
#include "engine/program/policy_index.h"

namespace rolegate {

using PolicySpan = absl::Span<const Policy* const>;

// A layer that may be absent, which differs from one that is there and empty:
// an absent boundary limits nothing, an empty one allows nothing.
struct OptionalPolicies {
  bool present = false;
  PolicySpan policies;
};

// One list of policies a level of the organisation, root first.
struct LeveledPolicies {
  bool present = false;  // false: the account is in no organisation
  absl::Span<const PolicySpan> levels;
};

// Everything that may have a say in one request.  Views only.
struct PolicySet {
  PolicySpan identity;  // user's, its groups', or role's: one union
  const PolicyIndex* identity_index = nullptr;  // of them; may be null

  // The caller's account is not the registry's matter: its own administrators
  // are taken to have allowed.
  bool identity_is_external = false;

  OptionalPolicies boundary;
  OptionalPolicies session;   // inline and managed session policies: one union
  OptionalPolicies resource;  // or the trust policy, if IsTrustRequest
  LeveledPolicies scps;       // of the principal's account
  LeveledPolicies rcps;       // of the resource's account
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_POLICY_SET_H_
