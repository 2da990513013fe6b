#include "engine/registry/entity_digest.h"

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/registry/content_digest.h"

namespace rolegate {
namespace {

void AddTags(absl::Span<const Tag> tags, DigestWriter& digest) {
  for (const Tag& tag : tags) digest.Add("tag", tag.key, tag.value);
}

void AddIdentity(const IdentityEntity& identity, DigestWriter& digest) {
  for (const Policy& policy : identity.inline_policies) {
    digest.Add("inline", policy.name(), policy.content_digest().bytes());
  }
  for (std::size_t i = 0; i < identity.attached_arns.size(); ++i) {
    digest.Add("attached", identity.attached_arns[i]);
  }
  if (identity.boundary_arn) digest.Add("boundary", *identity.boundary_arn);
}

}  // namespace

std::string DigestOf(const RoleEntity& entity) {
  const RoleDefinition& role = entity.definition;
  DigestWriter digest;
  digest.Add(role.texts[RoleDefinition::kArn],
             role.texts[RoleDefinition::kRoleId],
             absl::StrCat(role.settings.max_session_seconds),
             absl::StrCat(role.settings.max_chained_session_seconds),
             BindingKindName(role.settings.required_binding));
  if (entity.trust) digest.Add(entity.trust->content_digest().bytes());
  AddTags(role.tags.span(), digest);
  AddIdentity(entity.identity, digest);
  return digest.Finish();
}

std::string DigestOf(const UserEntity& entity) {
  DigestWriter digest;
  digest.Add(entity.user.arn, entity.user.user_id);
  AddTags(entity.user.tags, digest);
  for (const std::string& group : entity.groups) digest.Add("group", group);
  for (const MfaDevice& device : entity.user.mfa_devices) {
    digest.Add("mfa", device.serial_number, device.seed_file);
  }
  AddIdentity(entity.identity, digest);
  return digest.Finish();
}

std::string DigestOf(const GroupEntity& entity) {
  DigestWriter digest;
  digest.Add(entity.arn);
  AddIdentity(entity.identity, digest);
  return digest.Finish();
}

std::string DigestOf(const ManagedPolicyEntity& entity) {
  DigestWriter digest;
  digest.Add(entity.arn, entity.name);
  if (entity.policy) digest.Add(entity.policy->content_digest().bytes());
  return digest.Finish();
}

}  // namespace rolegate
