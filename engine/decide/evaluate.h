// Statements against a request.  This file decides which statements match, and
// combine.h what follows from that over all kinds of policy.

#ifndef ROLEGATE_ENGINE_DECIDE_EVALUATE_H_
#define ROLEGATE_ENGINE_DECIDE_EVALUATE_H_

#include <cstdint>

#include "absl/types/span.h"
#include "engine/decide/charged_context.h"
#include "engine/decide/decision.h"
#include "engine/decide/request.h"
#include "engine/program/policy.h"
#include "engine/program/policy_index.h"

namespace rolegate {

// The elements of a statement in the order in which they are compared.
enum class Element : std::uint8_t {
  kNone,
  kAction,
  kPrincipal,
  kResource,
  kCondition,
};

// How a statement met a request.
struct StatementMatch {
  Element stopped_by = Element::kNone;   // the first that did not match
  MatchLevel level = MatchLevel::kNone;  // of its Principal, if it has one

  bool matches() const { return stopped_by == Element::kNone; }
};

// Whether statements must be looked at in the order of the documents, without
// an index, so that what is charged does not depend on whether there is one.
// Asked only where there is one, for it takes longer to tell than a small
// policy takes to evaluate.
class StatementOrder {
 public:
  virtual bool MustBeKept() const = 0;

 protected:
  ~StatementOrder() = default;
};

struct EvaluateOptions {
  // A statement must name the caller as principal (resource and trust
  // policies) rather than apply to it by being attached.
  bool needs_principal = false;

  // NotPrincipal with Deny applies to whoever has a permissions boundary,
  // whatever it lists.
  bool caller_has_boundary = false;

  // Null: statements may be looked at in any order.
  const StatementOrder* order = nullptr;

  bool in_any_order() const { return order == nullptr || !order->MustBeKept(); }
};

// Whether every element of the statement matches.  Says nothing of the
// effect: a Deny that matches returns true.  `context` is the request's; what
// matching takes is charged to its budget, and once that is exhausted the
// answer means nothing.
StatementMatch MatchStatement(StatementView statement, const Request& request,
                              const ChargedContext& context,
                              const EvaluateOptions& options);

// Evaluates policies that count as one: they deny explicitly if any Deny
// matches, and else allow if any Allow does, at the closest level of those that
// match.  `index`, if it is not null, is of these very policies.  `context` is
// as for MatchStatement.
LayerOutcome EvaluatePolicies(absl::Span<const Policy* const> policies,
                              const Request& request,
                              const ChargedContext& context,
                              const EvaluateOptions& options,
                              const PolicyIndex* index = nullptr);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_EVALUATE_H_
