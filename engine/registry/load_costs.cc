#include "engine/registry/load_costs.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/program/policy_cost.h"
#include "engine/registry/fault_codes.h"

namespace rolegate {
namespace {

std::uint64_t StepsOf(const Policy* policy) {
  return policy->program().max_steps();
}

Diagnostic TooCostly(const Policy& policy, absl::string_view why) {
  return {Severity::kError,
          policy.file(),
          std::string(policy.path()),
          policy.PositionOf(0),
          std::string(kPolicyTooCostly),
          absl::StrCat("evaluating `", policy.name(), "` may take ",
                       StepsOf(&policy), " steps ", why,
                       ": give it fewer statements for one service, fewer "
                       "values, and patterns with fewer `*` and `?` inside")};
}

}  // namespace

std::uint64_t StepsOf(const IdentityPolicies& identity) {
  std::uint64_t steps = 0;
  for (const Policy* policy : identity.policies) steps += StepsOf(policy);
  if (identity.boundary != nullptr) steps += StepsOf(identity.boundary);
  return steps;
}

void LoadCosts::CostliestSet::Offer(const std::vector<const Policy*>& others) {
  std::uint64_t sum = 0;
  for (const Policy* policy : others) sum += StepsOf(policy);
  if (sum <= steps) return;
  // Policies for different services cost less together than the sum of each.
  std::vector<const Program*> programs;
  programs.reserve(others.size());
  for (const Policy* policy : others) programs.push_back(&policy->program());
  if (programs.size() > 1) sum = ReckonMaxSteps(programs);
  if (sum <= steps) return;
  steps = sum;
  policies = others;
}

void LoadCosts::CheckAlone(const Policy& policy) {
  if (StepsOf(&policy) > limit_ && seen_.insert(&policy).second) {
    too_costly_.push_back(&policy);
  }
}

void LoadCosts::AddPrincipal(const IdentityPolicies& identity) {
  if (StepsOf(identity) <= principal_.steps) return;
  std::vector<const Policy*> all(identity.policies.begin(),
                                 identity.policies.end());
  if (identity.boundary != nullptr) all.push_back(identity.boundary);
  for (const Policy* policy : all) CheckAlone(*policy);
  principal_.Offer(all);
}

void LoadCosts::AddMember(const OrganizationMember& member) {
  const auto all = [](const std::vector<PolicySpan>& levels) {
    std::vector<const Policy*> policies;
    for (PolicySpan level : levels) {
      policies.insert(policies.end(), level.begin(), level.end());
    }
    return policies;
  };
  scps_.Offer(all(member.scps));
  rcps_.Offer(all(member.rcps));
}

void LoadCosts::AddResource(absl::string_view pattern, const Policy& policy) {
  CheckAlone(policy);
  const absl::string_view prefix =
      pattern.substr(0, pattern.find_first_of("*?"));
  resources_.push_back(
      {prefix,
       prefix.size() == pattern.size() ? 0 : ReckonPatternSteps(pattern),
       &policy});
}

// Two patterns can match one resource only if the literal beginning of the one
// begins that of the other.
void LoadCosts::ReckonResources() {
  std::sort(
      resources_.begin(), resources_.end(),
      [](const Resource& a, const Resource& b) { return a.prefix < b.prefix; });
  std::vector<const Resource*> chain;
  std::vector<const Policy*> costliest;
  std::uint64_t steps = 0;
  std::uint64_t most = 0;
  const auto cost = [](const Resource& resource) {
    return resource.pattern_steps + StepsOf(resource.policy);
  };
  for (const Resource& resource : resources_) {
    while (!chain.empty() &&
           !absl::StartsWith(resource.prefix, chain.back()->prefix)) {
      steps -= cost(*chain.back());
      chain.pop_back();
    }
    chain.push_back(&resource);
    steps += cost(resource);
    if (steps <= most) continue;
    most = steps;
    if (most <= limit_ / 2) continue;  // its policies are asked for no fault
    costliest.clear();
    for (const Resource* each : chain) costliest.push_back(each->policy);
  }
  resource_.steps = most + resources_.size() * kPatternBeginSteps;
  resource_.policies = std::move(costliest);
}

// Rule 175.
std::uint64_t LoadCosts::Finish(Diagnostics* faults) {
  ReckonResources();
  for (const CostliestSet* each : {&trust_, &scps_, &rcps_}) {
    for (const Policy* policy : each->policies) CheckAlone(*policy);
  }
  for (const Policy* policy : too_costly_) {
    faults->push_back(TooCostly(
        *policy, absl::StrCat("in one check, more than ", limit_,
                              " (`registry.limits.max_policy_steps`)")));
  }
  const CostliestSet& of_resource =
      resource_.steps >= trust_.steps ? resource_ : trust_;
  const std::uint64_t others = scps_.steps + rcps_.steps + of_resource.steps;
  const std::uint64_t all = others + principal_.steps;
  if (!too_costly_.empty() || all <= limit_) return others;
  const Policy* costliest = nullptr;
  const CostliestSet* const sets[] = {&principal_, &scps_, &rcps_,
                                      &of_resource};
  for (const CostliestSet* each : sets) {
    for (const Policy* policy : each->policies) {
      if (costliest == nullptr || StepsOf(policy) > StepsOf(costliest)) {
        costliest = policy;
      }
    }
  }
  if (costliest != nullptr) {
    faults->push_back(TooCostly(
        *costliest,
        absl::StrCat("in one check, and the policies that may meet in one "
                     "together ",
                     all, ", more than ", limit_,
                     " (`registry.limits.max_policy_steps`)")));
  }
  return others;
}

}  // namespace rolegate
