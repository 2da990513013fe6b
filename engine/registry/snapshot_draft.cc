#include "engine/registry/snapshot_draft.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "engine/registry/load_costs.h"

namespace rolegate {
namespace {

bool ArnBefore(const Role* role, absl::string_view arn) {
  return role->arn() < arn;
}

}  // namespace

void SnapshotDraft::AddManagedPolicy(const ManagedPolicyEntity& entity) {
  auto policy = std::make_shared<ManagedPolicy>();
  policy->arn = entity.arn;
  policy->name = entity.name;
  policy->policy = entity.policy;
  const absl::string_view key = policy->arn;
  snapshot_->managed_policies_.emplace(key, std::move(policy));
}

const Policy* SnapshotDraft::FindPolicy(absl::string_view arn) const {
  const ManagedPolicy* const found = snapshot_->FindManagedPolicy(arn);
  return found == nullptr ? nullptr : found->policy.get();
}

void SnapshotDraft::AppendPolicies(const IdentityEntity& entity,
                                   IdentityPolicies* identity) const {
  const auto find = [&](absl::string_view arn) {
    const Policy* const policy = FindPolicy(arn);
    if (policy == nullptr && !arn.empty()) {
      identity->missing.push_back(std::string(arn));
    }
    return policy;
  };
  for (const Policy& policy : entity.inline_policies) {
    identity->policies.push_back(&policy);
  }
  for (std::size_t i = 0; i < entity.attached_arns.size(); ++i) {
    const Policy* const policy = find(entity.attached_arns[i]);
    if (policy != nullptr) identity->policies.push_back(policy);
  }
  if (entity.boundary_arn) {
    identity->has_boundary = true;
    identity->boundary = find(*entity.boundary_arn);
  }
}

void SnapshotDraft::ReserveRoles(std::size_t count) {
  snapshot_->roles_by_arn_order_.reserve(count);
  snapshot_->roles_.Reserve(count);
  snapshot_->role_names_.Reserve(count);
}

SnapshotDraft::AddedRole SnapshotDraft::AddRole(
    const RoleEntity& entity, absl::Span<const Policy* const> apart) {
  const CountedPtr<Role> role(new Role(&entity.definition));
  if (!snapshot_->roles_.Insert(Snapshot::NamedRole(role))) {
    const Role* const known = FindRole(entity.arn());
    return {known, known};
  }
  if (entity.trust) role->trust = &*entity.trust;
  AppendPolicies(entity.identity, &role->identity);
  role->identity.policies.insert(role->identity.policies.end(), apart.begin(),
                                 apart.end());
  role->identity.Finish();
  AddedRole added{role.get(), nullptr};
  if (!snapshot_->role_names_.Insert(role.get())) {
    added.rival = *snapshot_->role_names_.Find({role->account(), role->name()});
  }
  CountInAccount(role->account());
  // Cold builds add roles in order, so that this is the end for them.
  std::vector<const Role*>& order = snapshot_->roles_by_arn_order_;
  const bool is_last = order.empty() || order.back()->arn() < role->arn();
  order.insert(is_last ? order.end()
                       : std::lower_bound(order.begin(), order.end(),
                                          role->arn(), ArnBefore),
               role.get());
  return added;
}

bool SnapshotDraft::RemoveRole(absl::string_view arn) {
  const Snapshot::NamedRole* const found = snapshot_->roles_.Find(arn);
  if (found == nullptr) return false;
  // The tables find the role by texts that it owns itself.
  const CountedPtr<Role> role = found->role;
  std::vector<const Role*>& order = snapshot_->roles_by_arn_order_;
  order.erase(
      std::lower_bound(order.begin(), order.end(), role->arn(), ArnBefore));
  const Role* const* const named =
      snapshot_->role_names_.Find({role->account(), role->name()});
  if (named != nullptr && *named == role.get()) {
    snapshot_->role_names_.Erase({role->account(), role->name()});
  }
  const auto account = snapshot_->accounts_.find(role->account());
  if (account != snapshot_->accounts_.end() && --account->second == 0) {
    snapshot_->accounts_.erase(account);
  }
  snapshot_->roles_.Erase(role->arn());
  return true;
}

void SnapshotDraft::ApplySettings(const RoleSettingsEntity& settings) {
  const Snapshot::NamedRole* const found = snapshot_->roles_.Find(settings.arn);
  if (found == nullptr) return;
  snapshot_->roles_with_settings_.insert(settings.arn);
  settings.ApplyTo(&found->role->settings);
}

void SnapshotDraft::AddUser(std::unique_ptr<User> user) {
  CountInAccount(user->account);
  const absl::string_view key = user->arn;
  snapshot_->users_.emplace(key, std::move(user));
}

void SnapshotDraft::AddGroup(const GroupEntity& group) {
  CountInAccount(group.account);
  ++snapshot_->counts_.groups;
}

void SnapshotDraft::AddResourcePolicy(const ResourcePolicyEntity& entity) {
  snapshot_->resource_policies_.Add(entity.pattern, entity.policy);
}

void SnapshotDraft::SetOrganizations(
    std::size_t count, Members members,
    const std::vector<std::shared_ptr<const Policy>>& policies) {
  snapshot_->counts_.organizations = count;
  snapshot_->members_ = std::move(members);
  for (const auto& [account, member] : snapshot_->members_) {
    CountInAccount(account);
  }
  for (const auto& policy : policies) {
    if (policy) snapshot_->owned_policies_.push_back(policy);
  }
}

void SnapshotDraft::SetIdentityProviders(
    std::vector<std::shared_ptr<const OpenIdProvider>> openid,
    std::vector<std::shared_ptr<const SamlProvider>> saml) {
  snapshot_->openid_providers_ = std::move(openid);
  snapshot_->saml_providers_ = std::move(saml);
  for (const auto& provider : snapshot_->openid_providers_) {
    snapshot_->openid_by_url_[provider->url].push_back(provider.get());
  }
}

bool SnapshotDraft::MayBeTooCostly(const Role& role) const {
  return snapshot_->other_steps_ + StepsOf(role.identity) +
             role.trust->program().max_steps() >
         snapshot_->max_policy_steps_;
}

std::shared_ptr<const Snapshot> SnapshotDraft::Finish() && {
  RegistryCounts& counts = snapshot_->counts_;
  counts.files = snapshot_->content_.size();
  counts.roles = snapshot_->roles_.size();
  counts.users = snapshot_->users_.size();
  counts.managed_policies = snapshot_->managed_policies_.size();
  counts.resource_policies = snapshot_->resource_policies_.size();
  counts.identity_providers =
      snapshot_->openid_providers_.size() + snapshot_->saml_providers_.size();
  counts.revocations = snapshot_->revocations_.size();
  snapshot_->revision_ = absl::BytesToHexString(snapshot_->content_.Digest());
  Normalize(snapshot_->findings_);
  return std::move(snapshot_);
}

void SnapshotDraft::CountInAccount(absl::string_view account) {
  if (!account.empty()) ++snapshot_->accounts_[account];
}

}  // namespace rolegate
