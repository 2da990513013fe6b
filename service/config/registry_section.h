// The part of the server's configuration that says what a registry may hold,
// for those who check one without a server.

#ifndef ROLEGATE_SERVICE_CONFIG_REGISTRY_SECTION_H_
#define ROLEGATE_SERVICE_CONFIG_REGISTRY_SECTION_H_

#include <string>

#include "engine/registry/registry.h"
#include "engine/text/diagnostic.h"

namespace rolegate::service {

// Reads `registry` of the configuration in `file`: `fences`,
// `aws_managed_dir`, `missing_policies`, `unknown_keys`, `allow_empty` and
// `limits` of documents and files, as far as they are set.  Everything else in
// the file is left to the server.  `options` is to be used only if nothing is
// wrong.
Diagnostics ReadRegistrySection(const std::string& file,
                                RegistryOptions* options);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_REGISTRY_SECTION_H_
