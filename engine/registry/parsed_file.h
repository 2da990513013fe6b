// What one file of a registry defines.

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
  CompactVector<Diagnostic> faults;
  CompactVector<Diagnostic> findings;

  // Whether it defines nothing.
  bool empty() const {
    return entities.roles.empty() && !entities.has_more_than_roles();
  }
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_PARSED_FILE_H_
