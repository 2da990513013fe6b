// Organisations -> where each account stands, and what limits it there.

#ifndef ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_BUILDER_H_
#define ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_BUILDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/registry/entities.h"
#include "engine/registry/managed_policies.h"
#include "engine/registry/organization_member.h"

namespace rolegate {

class OrganizationBuilder {
 public:
  using Members =
      absl::flat_hash_map<std::string, std::shared_ptr<OrganizationMember>>;

  explicit OrganizationBuilder(ManagedPolicies* managed_policies)
      : managed_policies_(managed_policies) {}

  // Adds every account of the organisation.  Faults are: an organisation whose
  // id was added already, names without a definition or with several, and
  // accounts that stand in two places, even of two organisations.
  void Add(const OrganizationEntity& organization, const std::string& file,
           Diagnostics* faults);

  Members TakeMembers() && { return std::move(members_); }

  // The policies that the members point to.  Keep these as long as the members.
  const std::vector<std::shared_ptr<const Policy>>& policies() const {
    return policies_;
  }

 private:
  using Level = std::vector<const Policy*>;
  // The levels from the root down to a node, and its path.
  struct Walk {
    std::string path;
    std::vector<Level> scps;
    std::vector<Level> rcps;
  };

  void AddNode(const OrganizationNode& node, Walk walk);
  void AddMember(const OrganizationNode& account, const Walk& above);
  void PushLevels(const OrganizationNode& node, Walk* walk);
  Level ResolveAll(const std::vector<OrganizationPolicy>& policies,
                   PolicyKind kind);
  // Returns null and reports a fault if it is not one policy of that kind.
  std::shared_ptr<const Policy> Resolve(const OrganizationPolicy& policy,
                                        PolicyKind kind);
  // Looks a name up in the account of the organisation, which is its management
  // account, and among AWS's own policies.  It looks nowhere else, because
  // those who write another account's policies must not define it.
  std::shared_ptr<const Policy> FindByName(const OrganizationPolicy& policy);
  std::string PlaceInFile(const Place& place) const;
  void Fault(const Place& place, absl::string_view code, std::string message);

  ManagedPolicies* const managed_policies_;
  const OrganizationEntity* organization_ = nullptr;
  std::string file_;
  Diagnostics* faults_ = nullptr;
  std::vector<std::shared_ptr<const Policy>> policies_;
  Members members_;
  // The places of organisations and members, for the faults of others.
  absl::flat_hash_map<std::string, std::string> places_;
};

// AWS's own policies of an organisation, which need no definition.
std::shared_ptr<const Policy> FullAwsAccess();
std::shared_ptr<const Policy> RcpFullAwsAccess();

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_BUILDER_H_
