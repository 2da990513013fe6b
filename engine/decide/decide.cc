#include "engine/decide/decide.h"

#include <algorithm>
#include <cstdint>

#include "engine/decide/combine.h"
#include "engine/decide/evaluate.h"
#include "engine/decide/layers.h"
#include "engine/program/policy_cost.h"

namespace rolegate {
namespace {

// Returns what policies may cost at most, together.
std::uint64_t MaxSteps(PolicySpan policies) {
  std::uint64_t steps = 0;
  for (const Policy* policy : policies) steps += policy->program().max_steps();
  return steps;
}

std::uint64_t MaxSteps(const LeveledPolicies& levels) {
  std::uint64_t steps = 0;
  for (PolicySpan level : levels.levels) steps += MaxSteps(level);
  return steps;
}

// Only a registry indexes several policies together, and it held them to
// kMaxPolicySteps when it loaded them.  To add up their steps here would take
// as long as to decide.
std::uint64_t MaxSteps(const PolicySet& policies) {
  const std::uint64_t identity = policies.identity_index != nullptr
                                     ? kMaxPolicySteps + kMaxIndexSteps
                                     : MaxSteps(policies.identity);
  return identity + MaxSteps(policies.boundary.policies) +
         MaxSteps(policies.session.policies) +
         MaxSteps(policies.resource.policies) + MaxSteps(policies.scps) +
         MaxSteps(policies.rcps);
}

// Policies that cannot exhaust the budget may be looked at in any order.  If
// policies can exhaust it, whether they do must not depend on the order.
class OrderForBudget final : public StatementOrder {
 public:
  OrderForBudget(const PolicySet& policies, std::uint64_t max_steps)
      : policies_(policies), max_steps_(max_steps) {}

  bool MustBeKept() const override { return MaxSteps(policies_) > max_steps_; }

 private:
  const PolicySet& policies_;
  const std::uint64_t max_steps_;
};

// Adds the outcome of one more level to the outcome of the levels above it.
void AddLevel(LevelRule rule, const LayerOutcome& level, LayerOutcome* all) {
  if (rule == LevelRule::kOnlyDenyCounts) return;
  if (level.verdict == Verdict::kImplicitDeny) {
    all->verdict = Verdict::kImplicitDeny;
    all->deciding = {};
  } else if (all->verdict == Verdict::kAllow && !all->deciding) {
    all->deciding = level.deciding;
  }
}

// A Deny at any level is final.
LayerOutcome EvaluateLevels(const LayerPolicies& layer, const Request& request,
                            const ChargedContext& context,
                            const EvaluateOptions& options) {
  LayerOutcome all;
  all.present = true;
  all.verdict = Verdict::kAllow;
  for (PolicySpan level : layer.levels) {
    const LayerOutcome outcome =
        EvaluatePolicies(level, request, context, options);
    if (outcome.verdict == Verdict::kExplicitDeny) return outcome;
    AddLevel(layer.rule, outcome, &all);
  }
  return all;
}

LayerOutcome EvaluateLayer(const LayerPolicies& layer, const Request& request,
                           const ChargedContext& context,
                           EvaluateOptions options) {
  options.needs_principal = layer.needs_principal;
  return layer.rule == LevelRule::kUnion
             ? EvaluatePolicies(layer.levels.front(), request, context, options,
                                layer.index)
             : EvaluateLevels(layer, request, context, options);
}

}  // namespace

Decision Decide(const Request& request, const PolicySet& policies) {
  StepBudget usual(kMaxCheckSteps);
  StepBudget* const budget =
      request.budget != nullptr ? request.budget : &usual;
  const ChargedContext context(*request.context, budget, request.memo);
  const CombineFacts facts = FactsOf(request, policies);

  const OrderForBudget order(policies,
                             std::max(request.max_steps, budget->limit()));
  EvaluateOptions options;
  options.order = &order;
  options.caller_has_boundary = HasBoundary(policies, facts.caller);

  Decision decision;
  ForEachLayer(policies, facts.caller, facts.is_trust_request,
               [&](const LayerPolicies& layer) {
                 decision[layer.layer] =
                     EvaluateLayer(layer, request, context, options);
               });
  if (budget->exhausted()) {  // Rule 171
    // The layers have not said everything, and what they said depends on the
    // order in which they were asked.  So the decision tells none of it.
    decision = Decision();
    decision.reason = Reason::kBudgetExceeded;
  } else {
    Combine(facts, &decision);
  }
  return decision;
}

}  // namespace rolegate
