// The evaluation logic of IAM: policies and a request in, a decision out.

#ifndef ROLEGATE_ENGINE_DECIDE_DECIDE_H_
#define ROLEGATE_ENGINE_DECIDE_DECIDE_H_

#include "engine/decide/decision.h"
#include "engine/decide/policy_set.h"
#include "engine/decide/request.h"

namespace rolegate {

// Decides.  Allocates nothing, takes no lock and cannot fail: what cannot be
// compared denies, and so does what takes more steps than the request's budget
// (Reason::kBudgetExceeded), whatever was found until then.  Thread-safe, as
// everything it reads is immutable.
//
// AWS: "Policy evaluation logic", IAM User Guide.
Decision Decide(const Request& request, const PolicySet& policies);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_DECIDE_H_
