// Files that entities name: keys and metadata of identity providers.  Such a
// file lies in the registry's directory under any name, is read with the
// generation that names it, and defines nothing itself.  A `*.json` is parsed
// whoever refers to it; what has another name is read because of that, and can
// name no further file.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/registry/snapshot_builder.h"

namespace rolegate {

// Paths in the registry, compared byte for byte.
using FileNames = std::set<std::string, std::less<>>;

// Whether the registry parses a file of this name.
bool IsJsonName(absl::string_view name);

// Empty if `reference` is a path that can lie in the registry; else what is
// wrong: absolute, with a part that is empty or begins with a dot, or not
// printable.
std::string CheckReference(absl::string_view reference);

// A folder of the registry in `dir`, as its operator names it: a path in the
// registry, or one that begins with `dir`.  The path in the registry, without a
// slash at its end; empty if `folder` is.
absl::StatusOr<std::string> FolderInRegistry(absl::string_view dir,
                                             absl::string_view folder);

// Where a reference in the file `from` may lead, the likelier first: from that
// file's own folder, and from the registry's directory.
std::vector<std::string> ReferenceCandidates(absl::string_view from,
                                             absl::string_view reference);

// Looks for the files that entities of `files` refer to.  `is_parsed` says
// whether there is a `*.json` of a name, `find` whether there is another file;
// both are asked once a name.  Returns every name that was looked for: if one
// of them comes, goes or changes, a reference may lead elsewhere.
FileNames FindReferencedFiles(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    absl::FunctionRef<bool(const std::string& name)> is_parsed,
    absl::FunctionRef<bool(const std::string& name)> find);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
