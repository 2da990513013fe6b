// Makes the next generation of one generation and a few changed files.

#ifndef ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_UPDATE_H_
#define ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_UPDATE_H_

#include <memory>
#include <vector>

#include "engine/registry/parsed_file.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

// A file that came, went or was written again.
struct FileChange {
  std::shared_ptr<const ParsedFile> before;  // null: there was none
  std::shared_ptr<const ParsedFile> after;   // null: it is gone
};

// Returns what BuildSnapshot makes of the files of `base` after these changes.
// It removes roles and adds roles, and shares everything else.  Returns null if
// that is not enough: a file defines something else or has faults or findings,
// roles clash, or names have no definition.  Then the caller builds the whole,
// which also finds the words for what is wrong.
std::shared_ptr<const Snapshot> UpdateSnapshot(
    const Snapshot& base, const std::vector<FileChange>& changes);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_UPDATE_H_
