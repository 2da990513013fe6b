// Why a decision is as it is: which statements decided, which nearly matched
// and what stopped them, and what was lacking.
//
// Explaining walks all policies again and allocates; deciding does not.
//
// AWS: "Testing IAM policies with the policy simulator" and the results of
// SimulatePrincipalPolicy, whose MatchedStatements and MissingContextValues
// these are.

#ifndef ROLEGATE_ENGINE_DECIDE_EXPLAIN_H_
#define ROLEGATE_ENGINE_DECIDE_EXPLAIN_H_

#include <string>
#include <vector>

#include "engine/decide/decide.h"
#include "engine/decide/decision.h"
#include "engine/decide/evaluate.h"
#include "engine/decide/request.h"

namespace rolegate {

struct MatchedStatement {
  Layer layer = Layer::kIdentity;
  StatementRef statement;
};

// A statement about this action that did not match.
struct NearMiss {
  Layer layer = Layer::kIdentity;
  StatementRef statement;
  Element stopped_by = Element::kCondition;
  std::string
      cause;  // "`aws:SourceIp` is missing, IpAddress needs `10.0.0.0/8`"
};

struct Explanation {
  // The statements that decided: all that deny, if one does; all that allow,
  // if the request is allowed; none for an implicit denial.
  std::vector<MatchedStatement> matched;

  // The nearest first, at most kMaxNearMisses: for an implicit denial those
  // that would have allowed, for an allow those that would have denied but for
  // a condition.
  std::vector<NearMiss> near_misses;

  // Condition keys that statements for this action and resource test or use as
  // variables, and that the request does not have.  Sorted.
  std::vector<std::string> missing_context_keys;

  // For a denial, one sentence: the least that would have to change.
  std::string lacking;
};

inline constexpr std::size_t kMaxNearMisses = 10;

// `decision` is what Decide answered to the same request and policies.  What
// explaining takes is charged to `budget`, which explains nothing once it is
// exhausted; one is asked that is much larger than a check's, for every
// statement is looked at.
Explanation Explain(const Request& request, const PolicySet& policies,
                    const Decision& decision, StepBudget* budget);

// Does the same, and may cost as much as one call usually may.
Explanation Explain(const Request& request, const PolicySet& policies,
                    const Decision& decision);

// "`ReadLogs` of `reader` (roles/reader.json:14)", a statement without Sid by
// its number from 0: "statement 2 of `reader`".
std::string DescribeStatement(const StatementRef& statement);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_EXPLAIN_H_
