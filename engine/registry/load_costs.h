// Reckons what the policies of a registry may cost together when they meet in
// one check, and which file is at fault if that is too much.

#ifndef ROLEGATE_ENGINE_REGISTRY_LOAD_COSTS_H_
#define ROLEGATE_ENGINE_REGISTRY_LOAD_COSTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "engine/program/policy.h"
#include "engine/registry/identity_policies.h"
#include "engine/registry/organization_member.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// The steps that the policies of one principal, including its boundary, may
// take.
std::uint64_t StepsOf(const IdentityPolicies& identity);

// Computes with the costliest principal, the costliest account and the
// costliest resource, because a caller would look for the check in which all of
// them meet.  It holds views of the snapshot that is being built.
class LoadCosts {
 public:
  // `limit` is what policies that meet may cost together.
  explicit LoadCosts(std::uint64_t limit) : limit_(limit) {}

  void AddPrincipal(const IdentityPolicies& identity);
  void AddTrust(const Policy& trust) { trust_.Offer({&trust}); }
  void AddMember(const OrganizationMember& member);
  void AddResource(absl::string_view pattern, const Policy& policy);

  // Adds a policy that need not be attached to anything, because sessions bring
  // it.
  void AddManaged(const Policy& policy) { CheckAlone(policy); }

  // Appends the faults: every policy that is too costly by itself, or else the
  // costliest of those that are too costly together.  Returns what all policies
  // may cost except a principal's own.
  std::uint64_t Finish(Diagnostics* faults);

 private:
  // The costliest set of policies of its kind that can meet in one check.
  struct CostliestSet {
    std::uint64_t steps = 0;
    std::vector<const Policy*> policies;

    void Offer(const std::vector<const Policy*>& others);
  };
  struct Resource {
    absl::string_view prefix;  // up to the first wildcard
    std::uint64_t pattern_steps = 0;
    const Policy* policy = nullptr;
  };

  void CheckAlone(const Policy& policy);
  void ReckonResources();

  const std::uint64_t limit_;
  CostliestSet principal_;
  CostliestSet trust_;
  CostliestSet scps_;
  CostliestSet rcps_;
  CostliestSet resource_;
  std::vector<Resource> resources_;
  std::vector<const Policy*> too_costly_;
  absl::flat_hash_set<const Policy*> seen_;  // of those
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_LOAD_COSTS_H_
