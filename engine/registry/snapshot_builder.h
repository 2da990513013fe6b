// Files -> entities -> snapshot.  Pure: texts in, snapshot or faults out.

#ifndef ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_BUILDER_H_
#define ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/memory/packed_texts.h"
#include "engine/memory/seldom.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/entities.h"
#include "engine/registry/registry.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"
#include "engine/text/sha256.h"

namespace rolegate {

// What one file defines, with its documents compiled.  Immutable, and shared
// by the generations in which the file did not change, so that it is parsed
// once.  Holds the file's own faults too: a faulty file is parsed once, too.
// Keeps nothing of the file's text.
struct ParsedFile {
  const std::string& name() const { return shared_name.str(); }

  SharedText shared_name;  // its path in the registry

  // What a file is follows from what is in it and from its name, never from
  // what others say of it.
  enum class Kind : std::uint8_t {
    kEntities,  // defines entities, or is meant to
    kKeySet,    // JSON with `keys`: a set of a provider's keys
    kText,      // no `*.json`: read because an entity refers to it
  };
  Kind kind = Kind::kEntities;

  // The text of a key set, written anew, or of a kText.
  SharedText text;

  Sha256Digest content_digest;  // of its bytes
  Entities entities;
  Seldom<Diagnostic> faults;
  Seldom<Diagnostic> findings;

  bool empty() const;  // defines nothing
};

// Parses one file of the registry.  Never null: faults are kept in the
// result.
std::shared_ptr<const ParsedFile> ParseRegistryFile(
    std::string name, std::string text, const RegistryOptions& options);

// Parses a `*.json`, and keeps the text of any other file.
std::shared_ptr<const ParsedFile> ReadRegistryFile(
    std::string name, std::string text, const RegistryOptions& options);

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
