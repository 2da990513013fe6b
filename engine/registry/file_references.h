// Files that entities name: keys and metadata of identity providers.  Such a
// file lies in the registry's directory under any name, is read with the
// generation that names it, and defines nothing itself.  A `*.json` is parsed
// whoever refers to it; what has another name is read because of that, and can
// name no further file.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate {

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

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
