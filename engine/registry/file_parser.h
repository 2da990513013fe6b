// Text of one file -> what it defines.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_PARSER_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_PARSER_H_

#include <memory>
#include <string>

#include "engine/registry/parsed_file.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Parses one file of the registry.  Never null: faults are kept in the
// result.
std::shared_ptr<const ParsedFile> ParseRegistryFile(
    std::string name, std::string text, const RegistryOptions& options);

// Parses a `*.json`, and keeps the text of any other file.
std::shared_ptr<const ParsedFile> ReadRegistryFile(
    std::string name, std::string text, const RegistryOptions& options);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_PARSER_H_
