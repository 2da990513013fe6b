#include "engine/decide.h"

#include "engine/combine.h"
#include "engine/evaluate.h"

namespace rolegate {
namespace {

bool HasIdentityPolicies(PrincipalKind kind) {
  return kind == PrincipalKind::kRoot || kind == PrincipalKind::kUser ||
         kind == PrincipalKind::kRoleSession ||
         kind == PrincipalKind::kFederatedUser;
}

// Every level of the organisation must allow; a deny at any is final.
LayerOutcome EvaluateLevels(const LeveledPolicies& levels,
                            const Request& request,
                            const EvaluateOptions& options) {
  LayerOutcome all;
  all.present = true;
  all.verdict = Verdict::kAllow;
  for (PolicySpan level : levels.levels) {
    const LayerOutcome outcome = EvaluatePolicies(level, request, options);
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
LayerOutcome EvaluateRcps(const LeveledPolicies& levels,
                          const Request& request) {
  LayerOutcome all;
  all.present = true;
  all.verdict = Verdict::kAllow;
  for (PolicySpan level : levels.levels) {
    const LayerOutcome outcome = EvaluatePolicies(level, request, {});
    if (outcome.verdict == Verdict::kExplicitDeny) return outcome;
  }
  return all;
}

}  // namespace

Decision Decide(const Request& request, const PolicySet& policies) {
  Decision decision;
  CombineFacts facts;
  facts.caller = request.principal.kind;
  facts.same_account = request.principal.account == request.resource_account;
  facts.is_trust_request = IsTrustRequest(*request.action, *request.resource);
  facts.identity_is_external = policies.identity_is_external;

  if (HasIdentityPolicies(facts.caller)) {
    decision[Layer::kIdentity] = EvaluatePolicies(policies.identity, request,
                                                  {}, policies.identity_index);
    if (policies.boundary.present) {
      decision[Layer::kBoundary] =
          EvaluatePolicies(policies.boundary.policies, request, {});
    }
    if (policies.session.present) {
      decision[Layer::kSession] =
          EvaluatePolicies(policies.session.policies, request, {});
    }
    if (policies.scps.present) {
      decision[Layer::kScp] = EvaluateLevels(policies.scps, request, {});
    }
  }
  if (policies.resource.present) {
    EvaluateOptions options;
    options.needs_principal = true;
    options.caller_has_boundary = decision[Layer::kBoundary].present;
    decision[facts.is_trust_request ? Layer::kTrust : Layer::kResource] =
        EvaluatePolicies(policies.resource.policies, request, options);
  }
  if (policies.rcps.present) {
    decision[Layer::kRcp] = EvaluateRcps(policies.rcps, request);
  }
  Combine(facts, &decision);
  return decision;
}

}  // namespace rolegate
