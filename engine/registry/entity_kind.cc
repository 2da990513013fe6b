#include "engine/registry/entity_kind.h"

namespace rolegate {
namespace {

// The first of these that an object has decides its kind.
constexpr struct {
  absl::string_view member;
  EntityKind kind;
} kMembers[] = {
    {"RoleDetailList", EntityKind::kExport},
    {"UserDetailList", EntityKind::kExport},
    {"GroupDetailList", EntityKind::kExport},
    {"Policies", EntityKind::kExport},
    {"Roles", EntityKind::kRoleList},
    {"Role", EntityKind::kWrappedRole},
    {"Organization", EntityKind::kOrganization},
    {"RoleSettings", EntityKind::kRoleSettings},
    {"OpenIDConnectProvider", EntityKind::kOpenIdProvider},
    {"SAMLProvider", EntityKind::kSamlProvider},
    {"AssumeRolePolicyDocument", EntityKind::kRole},
    {"ResourceArn", EntityKind::kResourcePolicy},
    {"UserName", EntityKind::kUser},
    {"GroupName", EntityKind::kGroup},
    {"PolicyName", EntityKind::kManagedPolicy},
    {"RevokedSessions", EntityKind::kRevocations},
};

}  // namespace

ObjectKind KindOf(const JsonNode& object) {
  ObjectKind found;
  for (const auto& [member, kind] : kMembers) {
    if (kind == found.kind || object.Find(member) == nullptr) continue;
    if (found.kind != EntityKind::kNone) {
      found.second_member = member;
      break;
    }
    found.kind = kind;
    found.member = member;
  }
  return found;
}

bool IsKeySet(const JsonNode& root) {
  const JsonNode* const keys = root.is_object() ? root.Find("keys") : nullptr;
  return keys != nullptr && keys->is_array() &&
         KindOf(root).kind == EntityKind::kNone;
}

}  // namespace rolegate
