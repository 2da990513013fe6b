#include "engine/registry/snapshot_update.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "engine/registry/load_costs.h"

namespace rolegate {
namespace {

// With more roles than this the whole is built about as fast.
constexpr std::size_t kMaxRoles = 256;

bool DefinesOnlyRoles(const ParsedFile& file) {
  return file.faults.empty() && file.findings.empty() &&
         !file.entities.has_more_than_roles();
}

bool ArnBefore(const Role* role, absl::string_view arn) {
  return role->arn() < arn;
}

}  // namespace

class SnapshotUpdater {
 public:
  explicit SnapshotUpdater(const Snapshot& base)
      : snapshot_(new Snapshot(base)) {}

  // False if it cannot be done here.
  bool Apply(const std::vector<FileChange>& changes) {
    if (snapshot_->has_equal_roles_) return false;
    std::size_t roles = 0;
    for (const FileChange& change : changes) {
      if (change.before) roles += change.before->entities.roles.size();
      if (change.after) roles += change.after->entities.roles.size();
    }
    if (roles > kMaxRoles) return false;
    if (snapshot_->has_fences_ && !KeepsFences(changes)) return false;
    // Everything goes before anything comes: a role may move between files.
    for (const FileChange& change : changes) {
      if (change.before != nullptr && !TakeOut(*change.before)) return false;
    }
    for (const FileChange& change : changes) {
      if (change.after != nullptr && !PutIn(*change.after)) return false;
    }
    for (const FileChange& change : changes) {
      if (change.after != nullptr) {
        snapshot_->content_.Put(change.after);
      } else {
        snapshot_->content_.Remove(change.before->name());
      }
    }
    return true;
  }

  std::shared_ptr<const Snapshot> Finish() && {
    snapshot_->counts_.files = snapshot_->content_.size();
    snapshot_->counts_.roles = snapshot_->roles_.size();
    snapshot_->revision_ = absl::BytesToHexString(snapshot_->content_.Digest());
    return std::move(snapshot_);
  }

 private:
  bool TakeOut(const ParsedFile& file) {
    if (!DefinesOnlyRoles(file)) return false;
    for (const RoleEntity& entity : file.entities.roles) {
      const Snapshot::NamedRole* const found =
          snapshot_->roles_.Find(entity.arn());
      if (found == nullptr || IsSpecial(found->arn, *found->role)) return false;
      const CountedPtr<Role> role = found->role;  // outlives what names it
      std::vector<const Role*>& order = snapshot_->roles_by_arn_order_;
      order.erase(
          std::lower_bound(order.begin(), order.end(), role->arn(), ArnBefore));
      snapshot_->role_names_.Erase({role->account(), role->name()});
      const auto account = snapshot_->accounts_.find(role->account());
      if (--account->second == 0) snapshot_->accounts_.erase(account);
      snapshot_->roles_.Erase(role->arn());
    }
    return true;
  }

  bool PutIn(const ParsedFile& file) {
    if (!DefinesOnlyRoles(file)) return false;
    for (const RoleEntity& entity : file.entities.roles) {
      const CountedPtr<Role> role(new Role(&entity.definition));
      if (IsSpecial(role->arn(), *role)) return false;
      role->trust = &*entity.trust;
      if (!Resolve(entity.identity, &role->identity)) return false;
      role->identity.Finish();
      if (IsTooCostly(*role)) return false;
      if (!snapshot_->role_names_.Insert(role.get())) return false;
      ++snapshot_->accounts_[role->account()];
      std::vector<const Role*>& order = snapshot_->roles_by_arn_order_;
      order.insert(
          std::lower_bound(order.begin(), order.end(), role->arn(), ArnBefore),
          role.get());
      if (!snapshot_->roles_.Insert(Snapshot::NamedRole(role))) return false;
    }
    return true;
  }

  // What a file defines was held to its fence when it was parsed.  What fences
  // ask of all files together is asked by the builder: that no folder is
  // without files, and that unique ids are unique.
  bool KeepsFences(const std::vector<FileChange>& changes) const {
    for (const FileChange& change : changes) {
      if (change.before == nullptr || change.after == nullptr) return false;
      for (const RoleEntity& entity : change.after->entities.roles) {
        const Role* const known = snapshot_->FindRole(entity.arn());
        if (known == nullptr ||
            known->role_id() !=
                entity.definition.texts[RoleDefinition::kRoleId]) {
          return false;
        }
      }
    }
    return true;
  }

  // The builder says whose fault that is.  A trust policy counts besides what
  // others cost, as if none of theirs stood in its place.
  bool IsTooCostly(const Role& role) const {
    return snapshot_->other_steps_ + StepsOf(role.identity) +
               role.trust->program().max_steps() >
           snapshot_->max_policy_steps_;
  }

  // Roles with settings elsewhere, or with a finding.
  bool IsSpecial(absl::string_view arn, const Role& role) const {
    return role.derived_role_id() || !role.identity.missing.empty() ||
           snapshot_->roles_with_settings_.contains(arn);
  }

  bool Resolve(const IdentityEntity& entity, IdentityPolicies* identity) const {
    for (const Policy& policy : entity.inline_policies) {
      identity->policies.push_back(&policy);
    }
    for (std::size_t i = 0; i < entity.attached_arns.size(); ++i) {
      const ManagedPolicy* const policy =
          snapshot_->FindManagedPolicy(entity.attached_arns[i]);
      if (policy == nullptr) return false;
      identity->policies.push_back(policy->policy.get());
    }
    if (entity.boundary_arn) {
      const ManagedPolicy* const policy =
          snapshot_->FindManagedPolicy(*entity.boundary_arn);
      if (policy == nullptr) return false;
      identity->has_boundary = true;
      identity->boundary = policy->policy.get();
    }
    return true;
  }

  std::shared_ptr<Snapshot> snapshot_;
};

std::shared_ptr<const Snapshot> UpdateSnapshot(
    const Snapshot& base, const std::vector<FileChange>& changes) {
  SnapshotUpdater updater(base);
  if (!updater.Apply(changes)) return nullptr;
  return std::move(updater).Finish();
}

}  // namespace rolegate
