// The names of files that entities refer to: the keys and metadata of identity
// providers.  Such a file lies in the registry's directory under any name and
// defines nothing itself.  The registry reads it in the generation whose
// entities refer to it.  It parses every `*.json`, whoever refers to it; a file
// of another name can refer to no further file.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// Whether the registry parses a file of this name.
bool IsJsonName(absl::string_view name);

// Says what is wrong with `reference` if it is no path that can lie in the
// registry.  Wrong are absolute paths, a part that is empty or
// begins with a dot, and texts that are not printable.
absl::Status CheckReference(absl::string_view reference);

// Returns the path in the registry, without a slash at its end, of the folder
// that an operator names: by a path in the registry, or by one that begins with
// `dir`.  Empty if `folder` is empty.  kInvalidArgument if it is no such
// folder.
absl::StatusOr<std::string> FolderInRegistry(absl::string_view dir,
                                             absl::string_view folder);

// Returns where a reference in the file `from` may lead, the likelier place
// first: from that file's own folder, and from the registry's directory.
std::vector<std::string> ReferenceCandidates(absl::string_view from,
                                             absl::string_view reference);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
