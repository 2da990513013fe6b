// Joins the files of one generation to a snapshot.  A pure function: files and
// options go in, a snapshot or faults come out.

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

// Joins the files of one generation: it finds the definitions of names
// (attached policies, boundaries, groups, organisations) and duplicates, and
// computes the revision.  The order of `files` does not matter.  If there is
// any fault, of a file or of their joining, returns null and appends all of
// them in normal order.
std::shared_ptr<const Snapshot> BuildSnapshot(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    const RegistryOptions& options, Diagnostics* faults);

// Does the same for a caller that has the tree of the files.  `before` holds
// the files of the generation in force; null if there is none.  A clash is the
// fault of the definition that is not among them.
std::shared_ptr<const Snapshot> BuildSnapshot(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    ContentTree content, const RegistryOptions& options, Diagnostics* faults,
    const ContentTree* before = nullptr);

// A registry that defines nothing.
std::shared_ptr<const Snapshot> EmptySnapshot();

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_BUILDER_H_
