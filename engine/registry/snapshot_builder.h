// Files -> entities -> snapshot.  Pure: texts in, snapshot or faults out.

#ifndef ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_BUILDER_H_
#define ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_BUILDER_H_

#include <memory>
#include <vector>

#include "engine/registry/content_tree.h"
#include "engine/registry/parsed_file.h"
#include "engine/registry/registry_options.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// Joins the files of one generation: names meet their definitions (attached
// policies, boundaries, groups, organisations), duplicates are found, the
// revision is computed.  The order of `files` does not matter.  Null, with
// every fault of every file and of their joining appended in normal order, if
// there is any.
std::shared_ptr<const Snapshot> BuildSnapshot(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    const RegistryOptions& options, Diagnostics* faults);

// The same, where the tree of the files is at hand.  `before` has the files of
// the generation in force, for a clash is the fault of the definition that is
// not among them; null: there is none.
std::shared_ptr<const Snapshot> BuildSnapshot(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    ContentTree content, const RegistryOptions& options, Diagnostics* faults,
    const ContentTree* before = nullptr);

// A registry without anything in it.
std::shared_ptr<const Snapshot> EmptySnapshot();

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_BUILDER_H_
