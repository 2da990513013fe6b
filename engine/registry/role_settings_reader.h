// Reads the settings of a role.

#ifndef ROLEGATE_ENGINE_REGISTRY_ROLE_SETTINGS_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_ROLE_SETTINGS_READER_H_

#include "engine/registry/entities.h"
#include "engine/registry/object_reader.h"

namespace rolegate {

// Reads the members that may stand in a role or, because AWS has no place for
// some of them, in a `RoleSettings` elsewhere.  ARN and place stay empty.
RoleSettingsEntity ReadRoleSettingMembers(const ObjectReader& object);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ROLE_SETTINGS_READER_H_
