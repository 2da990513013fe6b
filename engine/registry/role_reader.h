// Reads a role of a registry file.

#ifndef ROLEGATE_ENGINE_REGISTRY_ROLE_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_ROLE_READER_H_

#include <optional>
#include <string>

#include "engine/json/json_document.h"
#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Reads the role at `path`.  What it says wrong is added to `faults`; nothing
// if `node` is no object.
std::optional<RoleEntity> ReadRole(const JsonNode& node, std::string path,
                                   const RegistryOptions& options,
                                   FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ROLE_READER_H_
