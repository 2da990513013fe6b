// Keeps what the last readings of a registry's directory made of each file, so
// that the registry neither reads nor parses again a file that did not change.

#ifndef ROLEGATE_ENGINE_REGISTRY_KNOWN_FILES_H_
#define ROLEGATE_ENGINE_REGISTRY_KNOWN_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "engine/registry/directory_scan.h"
#include "engine/registry/parsed_file.h"
#include "engine/text/sha256.h"

namespace rolegate {

// Files by their names.  Used by one thread; several may look things up while
// nobody changes it.
class KnownFiles {
 public:
  using File = std::shared_ptr<const ParsedFile>;

  std::size_t size() const { return files_.size(); }

  // Null if no file of this name is known.
  File Find(absl::string_view name) const;

  // The size that the file had when it was listed; 0 if it is not known.
  std::uint64_t SizeOf(absl::string_view name) const;

  // Whether the file of this name is known and its content is still what it
  // was.  A file that was written so lately that its times would not tell
  // another write is not.
  bool IsUnchanged(absl::string_view name, const FileState& state) const;

  // The file of this name, if it was parsed from a text of this digest; else
  // null.
  File FindContent(absl::string_view name, const Sha256Digest& digest) const;

  // Puts the file in the place of the one of its name.  A default state says
  // that nobody knows the file's state, so that it is read again before it
  // counts as unchanged.
  void Put(const FileState& state, File file);

  void Remove(absl::string_view name);

  // Forgets all files, and makes room for so many.
  void Reset(std::size_t expected);

 private:
  // A registry has one of these for each file, so it is small.
  struct Known {
    FileState state;
    File file;
  };
  struct HashOfName {
    using is_transparent = void;
    std::size_t operator()(absl::string_view name) const {
      return absl::Hash<absl::string_view>()(name);
    }
    std::size_t operator()(const Known& known) const {
      return (*this)(known.file->name());
    }
  };
  struct EqualName {
    using is_transparent = void;
    bool operator()(const Known& a, absl::string_view b) const {
      return a.file->name() == b;
    }
    bool operator()(const Known& a, const Known& b) const {
      return a.file->name() == b.file->name();
    }
  };

  absl::flat_hash_set<Known, HashOfName, EqualName> files_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_KNOWN_FILES_H_
