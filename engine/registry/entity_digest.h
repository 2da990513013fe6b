// Digests that tell equal definitions from different ones.

#ifndef ROLEGATE_ENGINE_REGISTRY_ENTITY_DIGEST_H_
#define ROLEGATE_ENGINE_REGISTRY_ENTITY_DIGEST_H_

#include <string>

#include "engine/registry/entities.h"

namespace rolegate {

// Each digest covers what has an effect on decisions, and nothing else.
std::string DigestOf(const RoleEntity& entity);
std::string DigestOf(const UserEntity& entity);
std::string DigestOf(const GroupEntity& entity);
std::string DigestOf(const ManagedPolicyEntity& entity);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ENTITY_DIGEST_H_
