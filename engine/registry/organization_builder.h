// Organisations -> where each account stands, and what limits it there.

#ifndef ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_BUILDER_H_
#define ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_BUILDER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/registry/entities.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

class OrganizationBuilder {
 public:
  // Finds a managed policy by name; null if there is none.
  using FindPolicy =
      std::function<std::shared_ptr<const Policy>(absl::string_view)>;
  using Members =
      absl::flat_hash_map<std::string, std::shared_ptr<OrganizationMember>>;

  explicit OrganizationBuilder(FindPolicy find_policy);

  // Adds every account of the organisation.  Names without a definition, and
  // accounts that stand in two places, are faults.
  void Add(const OrganizationEntity& organization, const std::string& file,
           Diagnostics* faults);

  Members TakeMembers() && { return std::move(members_); }

  // The policies that the members point to; whoever takes the members keeps
  // them, too.
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
  Level ResolveAll(const std::vector<OrganizationPolicy>& policies);
  std::shared_ptr<const Policy> Resolve(const OrganizationPolicy& policy);
  void Fault(const Place& place, absl::string_view code, std::string message);

  const FindPolicy find_policy_;
  const OrganizationEntity* organization_ = nullptr;
  std::string file_;
  Diagnostics* faults_ = nullptr;
  std::vector<std::shared_ptr<const Policy>> policies_;
  Members members_;
};

// AWS's own policies of an organisation, which need no definition.
std::shared_ptr<const Policy> FullAwsAccess();
std::shared_ptr<const Policy> RcpFullAwsAccess();

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_BUILDER_H_
