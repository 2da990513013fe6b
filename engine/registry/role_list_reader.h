// Reads the roles of an account's export, thousands of them, by several threads
// at once.

#ifndef ROLEGATE_ENGINE_REGISTRY_ROLE_LIST_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_ROLE_LIST_READER_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/json/json_document.h"
#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Appends the roles of the list at `path` to `roles` in their order, and what
// is wrong with them to `faults`: in the order of the file, and no more than
// one file may report.
void ReadRoleList(absl::Span<const JsonNode> elements, const std::string& path,
                  const RegistryOptions& options, FileFaults& faults,
                  std::vector<RoleEntity>* roles);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ROLE_LIST_READER_H_
