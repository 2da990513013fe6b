// Tells by its members what a JSON object in a registry file defines.

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

// The kind of an object.  Each kind has one or several members that no other
// kind has.
struct ObjectKind {
  EntityKind kind = EntityKind::kNone;
  absl::string_view member;  // that tells it

  // A member that tells another kind, which is a fault because an object may be
  // one entity only.  Empty if there is none.
  absl::string_view second_member;
};
ObjectKind KindOf(const JsonNode& object);

// Whether the file's root is a set of a provider's keys (RFC 7517): it has
// `keys` and no member that makes it an entity.
bool IsKeySet(const JsonNode& root);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ENTITY_KIND_H_
