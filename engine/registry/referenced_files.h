// Finds the files that entities refer to.

#ifndef ROLEGATE_ENGINE_REGISTRY_REFERENCED_FILES_H_
#define ROLEGATE_ENGINE_REGISTRY_REFERENCED_FILES_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "engine/registry/parsed_file.h"

namespace rolegate {

// Paths in the registry.  They compare byte for byte.
using FileNames = std::set<std::string, std::less<>>;

// Looks for the files to which entities of `files` refer.  `is_parsed` says
// whether there is a `*.json` of a name, `find` whether there is another file;
// both are asked once for each name.  Returns every name that was looked for:
// if one of these files comes, goes or changes, a reference may lead elsewhere.
FileNames FindReferencedFiles(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    absl::FunctionRef<bool(const std::string& name)> is_parsed,
    absl::FunctionRef<bool(const std::string& name)> find);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REFERENCED_FILES_H_
