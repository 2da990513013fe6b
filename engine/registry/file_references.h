// Files that entities name: keys and metadata of identity providers.  Such a
// file lies in the registry's directory under any name, is read with the
// generation that names it, and defines nothing itself.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/registry/snapshot_builder.h"

namespace rolegate {

// Paths in the registry, compared byte for byte.
using FileNames = std::set<std::string, std::less<>>;

// Empty if `reference` is a path that can lie in the registry; else what is
// wrong: absolute, or with a part that is empty or begins with a dot.
std::string CheckReference(absl::string_view reference);

// Where a reference in the file `from` may lead, the likelier first: from that
// file's own folder, and from the registry's directory.
std::vector<std::string> ReferenceCandidates(absl::string_view from,
                                             absl::string_view reference);

// The files that are referred to, given those that were looked for (`tried`)
// and are there (`files`).  The second candidate of a reference counts only
// once the first was looked for in vain, so that no file stops defining
// entities by accident.  A caller asks until the answer is what it tried.
FileNames ReferencedFiles(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    const FileNames& tried);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_REFERENCES_H_
