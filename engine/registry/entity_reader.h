// JSON tree of a registry file -> entities.  The members of an object, which
// are AWS's own, tell what it is: a role, a managed policy, a user, a group, a
// resource policy, an organisation, settings of a role, revocations, an
// identity provider, an account's export, or a list of any of these.

#ifndef ROLEGATE_ENGINE_REGISTRY_ENTITY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_ENTITY_READER_H_

#include "engine/json/json_document.h"
#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Reads every entity of the file and adds what is wrong to `faults`.
Entities ReadEntities(const JsonNode& root, const RegistryOptions& options,
                      FileFaults& faults);

// Whether the file's root is a set of a provider's keys (RFC 7517): it has
// `keys` and no member that makes it an entity.
bool IsKeySet(const JsonNode& root);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ENTITY_READER_H_
