// Whether, and how closely, a statement's Principal names the caller.

#ifndef ROLEGATE_ENGINE_DECIDE_PRINCIPAL_MATCH_H_
#define ROLEGATE_ENGINE_DECIDE_PRINCIPAL_MATCH_H_

#include "engine/decide/decision.h"
#include "engine/decide/principal.h"
#include "engine/program/program_views.h"
#include "engine/text/steps.h"

namespace rolegate {

// Returns how closely the closest of the statement's Principal entries names
// the caller: kNone if none does, or the statement has no Principal.  Charges
// what it takes.
MatchLevel MatchPrincipal(StatementView statement, const Principal& caller,
                          StepBudget* budget);

// Whether a NotPrincipal leaves the caller out, hence its Deny applies to it.
// To be spared, every level by which the caller goes must be listed: account,
// role and session for a role session.
//
// AWS: "Specifying NotPrincipal with Deny", IAM User Guide.
bool NotPrincipalApplies(StatementView statement, const Principal& caller,
                         StepBudget* budget);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_PRINCIPAL_MATCH_H_
