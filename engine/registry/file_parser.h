// Reads the text of one file of the registry.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_PARSER_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_PARSER_H_

#include <memory>
#include <string>

#include "engine/registry/parsed_file.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Parses one file of the registry.  The result is never null: it holds the
// faults of the file.
std::shared_ptr<const ParsedFile> ParseRegistryFile(
    std::string name, std::string text, const RegistryOptions& options);

// Parses a `*.json`, and keeps the text of any other file.
std::shared_ptr<const ParsedFile> ReadRegistryFile(
    std::string name, std::string text, const RegistryOptions& options);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_PARSER_H_
