#include "engine/registry/role_reader.h"

#include <utility>

#include "engine/registry/content_digest.h"
#include "engine/registry/identity_reader.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/policy_reader.h"
#include "engine/registry/role_settings_reader.h"

namespace rolegate {
std::optional<RoleEntity> ReadRole(const JsonNode& node, std::string path,
                                   const RegistryOptions& options,
                                   FileFaults& faults) {
  const ObjectReader object(node, std::move(path), options, faults);
  if (!object.valid()) return std::nullopt;
  object.ExpectMembers(members::kRole);
  RoleEntity entity;
  entity.place = object.place();
  const IamIdentity iam = ReadIamIdentity(object, "role", "RoleName");
  RoleDefinition& role = entity.definition;
  std::string role_id = object.String("RoleId");
  const std::string create_date = object.Date("CreateDate");
  if (role_id.empty()) {
    role_id = DeriveUniqueId("AROA", iam.arn, create_date);
    role.derived_role_id = true;
  }
  role.texts = PackedTexts({iam.arn, role_id});
  role.tags = object.Tags("Tags");
  ReadRoleSettingMembers(object).ApplyTo(&role.settings);
  if (const JsonNode* trust = object.Find("AssumeRolePolicyDocument")) {
    entity.trust = ReadOwnPolicy(
        *trust, PolicyKind::kTrust, "AssumeRolePolicyDocument",
        object.PathOf("AssumeRolePolicyDocument"), options, faults);
  } else {
    object.Fault(kMissingMember, "AssumeRolePolicyDocument",
                 "a role must have a trust policy");
  }
  entity.identity =
      ReadIdentityPolicies(object, "RolePolicyList", options, faults);
  return entity;
}

}  // namespace rolegate
