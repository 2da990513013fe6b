// The evaluation logic of IAM: policies and a request in, a decision out.

#ifndef ROLEGATE_ENGINE_DECIDE_DECIDE_H_
#define ROLEGATE_ENGINE_DECIDE_DECIDE_H_

#include "absl/types/span.h"
#include "engine/decide/decision.h"
#include "engine/decide/request.h"
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

// Decides.  Allocates nothing, takes no lock and cannot fail: what cannot be
// compared denies, and so does what takes more steps than the request's budget
// (Reason::kBudgetExceeded), whatever was found until then.  Thread-safe, as
// everything it reads is immutable.
//
// AWS: "Policy evaluation logic", IAM User Guide.
Decision Decide(const Request& request, const PolicySet& policies);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_DECIDE_H_
