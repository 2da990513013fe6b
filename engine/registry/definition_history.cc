#include "engine/registry/definition_history.h"

#include "absl/strings/str_cat.h"

namespace rolegate {

template <typename F>
void DefinitionHistory::ForEachKeyed(const Entities& entities, F f) {
  for (const RoleEntity& entity : entities.roles) f(entity);
  entities.others().ForEachList([&](const auto& list) {
    for (const auto& entity : list) {
      if constexpr (requires { entity.key(); }) f(entity);
    }
  });
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
    ForEachKeyed(file->entities,
                 [&](const auto& entity) { AddClaim(fence, ClaimOf(entity)); });
    for (const RoleEntity& entity : file->entities.roles) {
      AddClaim(fence, UniqueIdClaimOf(entity));
    }
    for (const UserEntity& entity : file->entities.others().users) {
      AddClaim(fence, UniqueIdClaimOf(entity));
      for (const MfaDevice& device : entity.user.mfa_devices) {
        AddClaim(fence, DeviceClaimOf(entity, device.serial_number));
      }
    }
  }
}

bool DefinitionHistory::HadMark(const ParsedFile& file,
                                const std::string& mark) {
  if (before_ == nullptr) return false;
  const ParsedFile* const old = before_->Find(file.name());
  if (old == nullptr) return false;
  if (old == &file) return true;
  const auto [at, is_new] = marks_.try_emplace(file.name());
  auto& marks = at->second;
  if (is_new) {
    ForEachKeyed(old->entities,
                 [&](const auto& entity) { marks.insert(MarkOf(entity)); });
  }
  return marks.contains(mark);
}

}  // namespace rolegate
