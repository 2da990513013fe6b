// Combines what the layers said into the decision.  This file holds the order
// of precedence of IAM, and nothing about how a statement matches.
//
// AWS: "Policy evaluation logic" and "Cross-account policy evaluation logic",
// IAM User Guide.

#ifndef ROLEGATE_ENGINE_DECIDE_COMBINE_H_
#define ROLEGATE_ENGINE_DECIDE_COMBINE_H_

#include "engine/decide/decision.h"
#include "engine/decide/policy_set.h"
#include "engine/decide/principal.h"
#include "engine/decide/request.h"

namespace rolegate {

// All that matters besides what the layers said.
struct CombineFacts {
  PrincipalKind caller = PrincipalKind::kAnonymous;
  bool same_account = false;  // caller and resource

  // The request is to assume a role: the trust layer stands for the resource
  // layer, and must allow even within an account.
  bool is_trust_request = false;

  // The caller's own side is decided by the administrators of its account,
  // which the registry does not hold.
  bool identity_is_external = false;
};

// What matters about a request and the policies that bear on it.
CombineFacts FactsOf(const Request& request, const PolicySet& policies);

// Settles a decision of which no more is known than what its layers said.
void Combine(const CombineFacts& facts, Decision* decision);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_COMBINE_H_
