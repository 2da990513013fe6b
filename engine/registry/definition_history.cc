#include "engine/registry/definition_history.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/entity_digest.h"

namespace rolegate {
namespace {

template <typename List>
void AddMarks(const List& entities, absl::flat_hash_set<std::string>* marks) {
  for (const auto& entity : entities) {
    marks->insert(DefinitionHistory::MarkOf(entity));
  }
}

}  // namespace

std::string DefinitionHistory::MarkOf(const RoleEntity& entity) {
  return absl::StrCat("role ", DigestOf(entity));
}
std::string DefinitionHistory::MarkOf(const UserEntity& entity) {
  return absl::StrCat("user ", DigestOf(entity));
}
std::string DefinitionHistory::MarkOf(const GroupEntity& entity) {
  return absl::StrCat("group ", DigestOf(entity));
}
std::string DefinitionHistory::MarkOf(const ManagedPolicyEntity& entity) {
  return absl::StrCat("policy ", DigestOf(entity));
}
std::string DefinitionHistory::MarkOf(const RoleSettingsEntity& entity) {
  return absl::StrCat("settings ", entity.arn);
}
std::string DefinitionHistory::MarkOf(const OpenIdProviderEntity& entity) {
  return absl::StrCat("provider ", entity.provider.arn);
}
std::string DefinitionHistory::MarkOf(const SamlProviderEntity& entity) {
  return absl::StrCat("provider ", entity.provider.arn);
}

std::string DefinitionHistory::ClaimOf(const RoleEntity& entity) {
  return absl::StrCat("arn ", entity.arn());
}
std::string DefinitionHistory::ClaimOf(const UserEntity& entity) {
  return absl::StrCat("arn ", entity.user.arn);
}
std::string DefinitionHistory::ClaimOf(const GroupEntity& entity) {
  return absl::StrCat("arn ", entity.arn);
}
std::string DefinitionHistory::ClaimOf(const ManagedPolicyEntity& entity) {
  return absl::StrCat("arn ", entity.arn);
}
std::string DefinitionHistory::ClaimOf(const RoleSettingsEntity& entity) {
  return MarkOf(entity);
}
std::string DefinitionHistory::ClaimOf(const OpenIdProviderEntity& entity) {
  return MarkOf(entity);
}
std::string DefinitionHistory::ClaimOf(const SamlProviderEntity& entity) {
  return MarkOf(entity);
}
std::string DefinitionHistory::UniqueIdClaimOf(const RoleEntity& entity) {
  return absl::StrCat("id ", entity.definition.texts[RoleDefinition::kRoleId],
                      " ", entity.arn());
}
std::string DefinitionHistory::UniqueIdClaimOf(const UserEntity& entity) {
  return absl::StrCat("id ", entity.user.user_id, " ", entity.user.arn);
}
std::string DefinitionHistory::DeviceClaimOf(const UserEntity& entity,
                                             absl::string_view serial_number) {
  return absl::StrCat("device ", serial_number, " ", entity.user.arn);
}

bool DefinitionHistory::HadClaim(const Fence* fence, absl::string_view claim) {
  if (before_ == nullptr) return false;
  if (!has_claims_) CollectClaims();
  return claims_.contains({fence, absl::HashOf(claim)});
}

void DefinitionHistory::CollectClaims() {
  has_claims_ = true;
  for (const auto& file : before_->Files()) {
    const Fence* const fence = FindFence(fences_, file->name());
    const OtherEntities& others = file->entities.others();
    const auto add_all = [&](const auto& entities) {
      for (const auto& entity : entities) AddClaim(fence, ClaimOf(entity));
    };
    add_all(file->entities.roles);
    add_all(others.users);
    add_all(others.groups);
    add_all(others.managed_policies);
    add_all(others.role_settings);
    add_all(others.openid_providers);
    add_all(others.saml_providers);
    for (const RoleEntity& entity : file->entities.roles) {
      AddClaim(fence, UniqueIdClaimOf(entity));
    }
    for (const UserEntity& entity : others.users) {
      AddClaim(fence, UniqueIdClaimOf(entity));
      for (const MfaDevice& device : entity.user.mfa_devices) {
        AddClaim(fence, DeviceClaimOf(entity, device.serial_number));
      }
    }
  }
}

bool DefinitionHistory::Had(const ParsedFile& file, const std::string& mark) {
  if (before_ == nullptr) return false;
  const ParsedFile* const old = before_->Find(file.name());
  if (old == nullptr) return false;
  if (old == &file) return true;
  const auto [at, is_new] = marks_.try_emplace(file.name());
  if (is_new) {
    const OtherEntities& others = old->entities.others();
    AddMarks(old->entities.roles, &at->second);
    AddMarks(others.users, &at->second);
    AddMarks(others.groups, &at->second);
    AddMarks(others.managed_policies, &at->second);
    AddMarks(others.role_settings, &at->second);
    AddMarks(others.openid_providers, &at->second);
    AddMarks(others.saml_providers, &at->second);
  }
  return at->second.contains(mark);
}

}  // namespace rolegate
