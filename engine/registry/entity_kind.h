// What a JSON object in a registry file defines, by its members.

#ifndef ROLEGATE_ENGINE_REGISTRY_ENTITY_KIND_H_
#define ROLEGATE_ENGINE_REGISTRY_ENTITY_KIND_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/json/json_document.h"

namespace rolegate {

enum class EntityKind : std::uint8_t {
  kNone,
  kExport,       // of an account
  kRoleList,     // `Roles`
  kWrappedRole,  // `Role`
  kOrganization,
  kRoleSettings,
  kOpenIdProvider,
  kSamlProvider,
  kRole,
  kResourcePolicy,
  kUser,
  kGroup,
  kManagedPolicy,
  kRevocations,
};

// Each kind has a member, or several, that no other has.
struct ObjectKind {
  EntityKind kind = EntityKind::kNone;
  absl::string_view member;  // that tells it

  // A member that tells another kind, for the object may be one thing only;
  // empty if there is none.
  absl::string_view second_member;
};
ObjectKind KindOf(const JsonNode& object);

// Whether the file's root is a set of a provider's keys (RFC 7517): it has
// `keys`, and nothing that makes it an entity.
bool IsKeySet(const JsonNode& root);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ENTITY_KIND_H_
