// Reads an organisation of a registry file.

#ifndef ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_READER_H_

#include <string>

#include "engine/json/json_document.h"
#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Reads the value of an `Organization` member, which stands at `path`.
OrganizationEntity ReadOrganization(const JsonNode& node, std::string path,
                                    const RegistryOptions& options,
                                    FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_READER_H_
