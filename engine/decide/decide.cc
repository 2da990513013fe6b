#include "engine/decide/decide.h"

#include <algorithm>
#include <cstdint>

#include "engine/decide/combine.h"
#include "engine/decide/evaluate.h"
#include "engine/program/policy_cost.h"

namespace rolegate {
namespace {

bool HasIdentityPolicies(PrincipalKind kind) {
  return kind == PrincipalKind::kRoot || kind == PrincipalKind::kUser ||
         kind == PrincipalKind::kRoleSession ||
         kind == PrincipalKind::kFederatedUser;
}

// What policies may cost at most, together.
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

// Only a registry indexes several policies together, which it has held to
// kMaxPolicySteps when it loaded; to add them up would take as long as to
// decide.
std::uint64_t MaxSteps(const PolicySet& policies) {
  const std::uint64_t identity = policies.identity_index != nullptr
                                     ? kMaxPolicySteps + kMaxIndexSteps
                                     : MaxSteps(policies.identity);
  return identity + MaxSteps(policies.boundary.policies) +
         MaxSteps(policies.session.policies) +
         MaxSteps(policies.resource.policies) + MaxSteps(policies.scps) +
         MaxSteps(policies.rcps);
}

// Policies that cannot exhaust the budget may be looked at in any order.  Where
// they can, it must not depend on the order whether they do.
class OrderForBudget final : public StatementOrder {
 public:
  OrderForBudget(const PolicySet& policies, std::uint64_t max_steps)
      : policies_(policies), max_steps_(max_steps) {}

  bool MustBeKept() const override { return MaxSteps(policies_) > max_steps_; }

 private:
  const PolicySet& policies_;
  const std::uint64_t max_steps_;
};

// Every level of the organisation must allow; a deny at any is final.
LayerOutcome EvaluateLevels(const LeveledPolicies& levels,
                            const Request& request,
                            const ChargedContext& context,
                            const EvaluateOptions& options) {
  LayerOutcome all;
  all.present = true;
  all.verdict = Verdict::kAllow;
  for (PolicySpan level : levels.levels) {
    const LayerOutcome outcome =
        EvaluatePolicies(level, request, context, options);
    if (outcome.verdict == Verdict::kExplicitDeny) return outcome;
    if (outcome.verdict == Verdict::kImplicitDeny) {
      all.verdict = Verdict::kImplicitDeny;
      all.deciding = {};
    } else if (all.verdict == Verdict::kAllow && !all.deciding) {
      all.deciding = outcome.deciding;
    }
  }
  return all;
}

// RCPFullAWSAccess stands at every level, so only a Deny counts.
LayerOutcome EvaluateRcps(const LeveledPolicies& levels, const Request& request,
                          const ChargedContext& context,
                          const EvaluateOptions& options) {
  LayerOutcome all;
  all.present = true;
  all.verdict = Verdict::kAllow;
  for (PolicySpan level : levels.levels) {
    const LayerOutcome outcome =
        EvaluatePolicies(level, request, context, options);
    if (outcome.verdict == Verdict::kExplicitDeny) return outcome;
  }
  return all;
}

}  // namespace

Decision Decide(const Request& request, const PolicySet& policies) {
  StepBudget usual(kMaxCheckSteps);
  StepBudget* const budget =
      request.budget != nullptr ? request.budget : &usual;
  const ChargedContext context(*request.context, budget, request.memo);
  Decision decision;
  CombineFacts facts;
  facts.caller = request.principal.kind;
  facts.same_account = request.principal.account == request.resource_account;
  facts.is_trust_request = IsTrustRequest(*request.action, *request.resource);
  facts.identity_is_external = policies.identity_is_external;

  const OrderForBudget order(policies,
                             std::max(request.max_steps, budget->limit()));
  EvaluateOptions options;
  options.order = &order;

  if (HasIdentityPolicies(facts.caller)) {
    decision[Layer::kIdentity] = EvaluatePolicies(
        policies.identity, request, context, options, policies.identity_index);
    if (policies.boundary.present) {
      decision[Layer::kBoundary] = EvaluatePolicies(policies.boundary.policies,
                                                    request, context, options);
    }
    if (policies.session.present) {
      decision[Layer::kSession] = EvaluatePolicies(policies.session.policies,
                                                   request, context, options);
    }
    if (policies.scps.present) {
      decision[Layer::kScp] =
          EvaluateLevels(policies.scps, request, context, options);
    }
  }
  if (policies.resource.present) {
    EvaluateOptions by_principal = options;
    by_principal.needs_principal = true;
    by_principal.caller_has_boundary = decision[Layer::kBoundary].present;
    decision[facts.is_trust_request ? Layer::kTrust : Layer::kResource] =
        EvaluatePolicies(policies.resource.policies, request, context,
                         by_principal);
  }
  if (policies.rcps.present) {
    decision[Layer::kRcp] =
        EvaluateRcps(policies.rcps, request, context, options);
  }
  if (budget->exhausted()) {
    // What the layers said so far is not all that they would say, and depends
    // on the order in which they were asked: none of it is told.
    decision = Decision();
    decision.reason = Reason::kBudgetExceeded;
  } else {
    Combine(facts, &decision);
  }
  return decision;
}

}  // namespace rolegate
