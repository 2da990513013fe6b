// The definitions of one file of a registry.

#ifndef ROLEGATE_ENGINE_REGISTRY_PARSED_FILE_H_
#define ROLEGATE_ENGINE_REGISTRY_PARSED_FILE_H_

#include <cstdint>
#include <string>

#include "engine/memory/compact_vector.h"
#include "engine/memory/packed_texts.h"
#include "engine/registry/entities.h"
#include "engine/text/diagnostic.h"
#include "engine/text/sha256.h"

namespace rolegate {

// The definitions of one file, with its documents compiled.  It never changes.
// The generations in which the file stays the same share it, so that the file
// is parsed once.  It also holds the file's own faults, so that a faulty file
// is parsed once, too.  It keeps nothing of the file's text.
struct ParsedFile {
  const std::string& name() const { return shared_name.str(); }

  SharedText shared_name;  // its path in the registry

  // The content and the name of a file tell what it is.  What other files say
  // about it does not matter.
  enum class Kind : std::uint8_t {
    kEntities,  // defines entities, or is meant to
    kKeySet,    // JSON with `keys`: a set of a provider's keys
    kText,      // no `*.json`: read because an entity refers to it
  };
  Kind kind = Kind::kEntities;

  // The text of a key set, written anew, or of a kText file.
  SharedText text;

  Sha256Digest content_digest;  // of its bytes
  Entities entities;
  CompactVector<Diagnostic> faults;
  CompactVector<Diagnostic> findings;

  // Whether it defines nothing.
  bool empty() const {
    return entities.roles.empty() && !entities.has_more_than_roles();
  }
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_PARSED_FILE_H_
