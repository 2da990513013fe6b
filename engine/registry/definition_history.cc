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

bool DefinitionHistory::Had(const ParsedFile& file, std::string mark) {
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
