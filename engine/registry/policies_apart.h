// Inline policies that stand apart from who has them: `aws iam get-role-policy`
// prints a role's name and one policy.

#ifndef ROLEGATE_ENGINE_REGISTRY_POLICIES_APART_H_
#define ROLEGATE_ENGINE_REGISTRY_POLICIES_APART_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/registry/clashes.h"
#include "engine/registry/entities.h"
#include "engine/registry/parsed_file.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// Finds the owners of such policies, by their ARN or else by their name.  A
// name must be that of one entity, and finds only entities whose files stand in
// the same fence as the policy's, or in none as it does: nobody who writes
// another folder can make a name ambiguous, or be given a policy by it.
class PoliciesApart {
 public:
  // `clashes` says where the fences are.  All references must outlive this.
  PoliciesApart(const Clashes& clashes, Diagnostics* faults)
      : clashes_(clashes), faults_(faults) {}

  // Adds the policies of these files, and reports owners that are not there,
  // names of several, and policies that differ from others of their name.
  void Add(absl::Span<const ParsedFile* const> files,
           const Definitions<RoleEntity>& roles,
           const Definitions<UserEntity>& users,
           const Definitions<GroupEntity>& groups);

  bool empty() const { return policies_.empty(); }

  // The policies of the entity that has this ARN.
  absl::Span<const Policy* const> Of(absl::string_view arn) const;

 private:
  using Owner = InlinePolicyEntity::Owner;

  // The inline policies of one entity.
  struct Owned {
    std::vector<const Policy*> apart;
    // All of them, also those in the entity's own definition.
    absl::flat_hash_map<absl::string_view, const Policy*> by_name;
  };
  // Entities by their fence, null for none, and their name in lower case.
  template <typename Entity>
  using ByName =
      absl::flat_hash_map<std::pair<const Fence*, std::string>,
                          absl::InlinedVector<const Defined<Entity>*, 1>>;

  template <typename Entity>
  void AddKind(absl::Span<const ParsedFile* const> files, Owner owner,
               const Definitions<Entity>& owners);
  template <typename Entity>
  ByName<Entity> IndexNames(const Definitions<Entity>& owners) const;

  // Each of these returns the owner; null if that is a fault.
  template <typename Entity>
  const Defined<Entity>* FindByArn(const Definitions<Entity>& owners,
                                   const InlinePolicyEntity& policy,
                                   const ParsedFile& file);
  template <typename Entity>
  const Defined<Entity>* FindByName(const ByName<Entity>& names,
                                    const InlinePolicyEntity& policy,
                                    const ParsedFile& file);

  template <typename Entity>
  void AddTo(const Defined<Entity>& owner, const InlinePolicyEntity& policy,
             const ParsedFile& file);
  void ReportMissing(const InlinePolicyEntity& policy, const ParsedFile& file);
  void Fault(absl::string_view code, const ParsedFile& file,
             const InlinePolicyEntity& policy, std::string message);

  const Clashes& clashes_;
  Diagnostics* const faults_;
  absl::flat_hash_map<std::string, Owned> policies_;  // by ARN
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_POLICIES_APART_H_
