// A snapshot in the making: entities go in and come out, and Finish turns it
// into a Snapshot that never changes again.
//
//   SnapshotDraft draft;
//   for (const ManagedPolicyEntity& e : policies) draft.AddManagedPolicy(e);
//   for (const RoleEntity& e : roles) draft.AddRole(e);
//   std::shared_ptr<const Snapshot> snapshot = std::move(draft).Finish();
//
// A cold build (snapshot_builder.h) begins with nothing, an update
// (snapshot_update.h) with the generation before.  Both come to the same
// snapshot because they go through the same functions here.

#ifndef ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_DRAFT_H_
#define ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_DRAFT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/entities.h"
#include "engine/registry/parsed_file.h"
#include "engine/registry/revocations.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// The draft checks nothing but what its own lookups need: whether definitions
// exclude each other, stand in the wrong fence or cost too much is for its
// caller to ask.  Entities are views of parsed files, which the draft's content
// keeps alive.  Used by one thread.
class SnapshotDraft {
 public:
  using Members =
      absl::flat_hash_map<std::string, std::shared_ptr<OrganizationMember>>;

  // A registry that defines nothing.
  SnapshotDraft() : snapshot_(new Snapshot) {}

  // Everything that `base` has.  Entities are shared with it, not copied.
  explicit SnapshotDraft(const Snapshot& base)
      : snapshot_(new Snapshot(base)) {}

  // The files that the entities come from.
  void SetFiles(ContentTree files) { snapshot_->content_ = std::move(files); }
  void PutFile(std::shared_ptr<const ParsedFile> file) {
    snapshot_->content_.Put(std::move(file));
  }
  void RemoveFile(absl::string_view name) { snapshot_->content_.Remove(name); }

  // Policies come before the roles and users that attach them.
  void AddManagedPolicy(const ManagedPolicyEntity& entity);

  // Appends the policies that `entity` holds and names to those of a role or a
  // user.  An ARN without a policy goes to `identity->missing`, unless it is
  // empty, which is a fault of its file.
  void AppendPolicies(const IdentityEntity& entity,
                      IdentityPolicies* identity) const;

  // `rival` is the role that has the ARN already, or the name in the account,
  // ignoring letter case; null if there is none.
  struct AddedRole {
    const Role* role = nullptr;
    const Role* rival = nullptr;
  };

  // Says how many roles will be added, for the tables to have room.
  void ReserveRoles(std::size_t count);

  // Adds the role with its policies, and with inline policies that stand apart
  // from it.  If another has its ARN, that one stays and nothing is added; if
  // another has its name, the new one cannot be found by name.
  AddedRole AddRole(const RoleEntity& entity,
                    absl::Span<const Policy* const> apart = {});

  // Removes the role that has this ARN.  False if there is none.
  bool RemoveRole(absl::string_view arn);

  // Null if there is no such role.
  const Role* FindRole(absl::string_view arn) const {
    return snapshot_->FindRole(arn);
  }

  // Gives a role the settings that stand outside its definition.  Nothing
  // happens if there is no such role.  Only for a draft that began with
  // nothing: an update shares its roles with the generation in force.
  void ApplySettings(const RoleSettingsEntity& settings);
  bool HasSettingsElsewhere(absl::string_view role_arn) const {
    return snapshot_->roles_with_settings_.contains(role_arn);
  }

  void AddUser(std::unique_ptr<User> user);
  void AddGroup(const GroupEntity& group);
  void AddResourcePolicy(const ResourcePolicyEntity& entity);

  // The accounts of all organisations, and the policies that they point to.
  void SetOrganizations(
      std::size_t count, Members members,
      const std::vector<std::shared_ptr<const Policy>>& policies);
  const Members& members() const { return snapshot_->members_; }

  void SetIdentityProviders(
      std::vector<std::shared_ptr<const OpenIdProvider>> openid,
      std::vector<std::shared_ptr<const SamlProvider>> saml);

  void AddRevocations(const Revocations& revocations) {
    snapshot_->revocations_.Add(revocations);
  }
  void AddFinding(Diagnostic finding) {
    snapshot_->findings_.push_back(std::move(finding));
  }
  Diagnostics* findings() { return &snapshot_->findings_; }

  // Sets the most that policies may cost in one check (load_costs.h): those of
  // everything but one principal, and those of all together.
  void SetCosts(std::uint64_t other_steps, std::uint64_t max_policy_steps) {
    snapshot_->other_steps_ = other_steps;
    snapshot_->max_policy_steps_ = max_policy_steps;
  }

  // Whether the role's policies might cost too much in one check.  The trust
  // policy counts beside what others cost, as if none of theirs stood in its
  // place, so the answer may be yes where LoadCosts finds no fault.
  bool MayBeTooCostly(const Role& role) const;

  // Facts about the files that keep an update from knowing what it may do: two
  // definitions of one role, and files that are held to fences.
  void set_has_equal_roles() { snapshot_->has_equal_roles_ = true; }
  bool has_equal_roles() const { return snapshot_->has_equal_roles_; }
  // Inline policies apart from their roles may find theirs by name, so that a
  // role that comes or goes may change what another one has.
  void set_has_policies_apart() { snapshot_->has_policies_apart_ = true; }
  bool has_policies_apart() const { return snapshot_->has_policies_apart_; }
  void set_has_fences(bool has) { snapshot_->has_fences_ = has; }
  bool has_fences() const { return snapshot_->has_fences_; }

  // Counts what is there and computes the revision.
  std::shared_ptr<const Snapshot> Finish() &&;

 private:
  void CountInAccount(absl::string_view account);
  const Policy* FindPolicy(absl::string_view arn) const;

  std::shared_ptr<Snapshot> snapshot_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_DRAFT_H_
