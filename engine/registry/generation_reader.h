// Directory -> generation, parsing only what changed.

#ifndef ROLEGATE_ENGINE_REGISTRY_GENERATION_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_GENERATION_READER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "engine/program/program_pool.h"
#include "engine/registry/directory_reader.h"
#include "engine/registry/folder_hold.h"
#include "engine/registry/last_good.h"
#include "engine/registry/parsed_file.h"
#include "engine/registry/referenced_files.h"
#include "engine/registry/registry_options.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

// What one reading of the directory gave.
struct Generation {
  bool stable = true;   // false: the directory changed meanwhile
  bool changed = true;  // false: the same content as the reading before
  std::shared_ptr<const Snapshot> snapshot;  // null: faults
  Diagnostics faults;
  Revocations revocations;  // of every file that parsed, unless it is clean
  std::vector<std::string> directories;  // to watch
  std::vector<RegistryFileText> texts;   // only if they are to be kept

  // Folders of which `snapshot` has other files than were read, for those have
  // `faults`; empty: `snapshot` is of what was read, or there is none.
  std::vector<FaultyFolder> held;
};

// Reads generation after generation.  A file whose state did not change is not
// read again, one whose content did not change is not parsed again.  Used by
// one thread, which takes others to its help.
class GenerationReader {
 public:
  explicit GenerationReader(RegistryOptions options)
      : options_(std::move(options)), hold_(options_) {
    options_.program_pool = &programs_;
  }

  GenerationReader(const GenerationReader&) = delete;
  GenerationReader& operator=(const GenerationReader&) = delete;

  enum class Attempt {
    kFirst,  // if something changes meanwhile, the caller reads again
    kLast,   // then what does not come to rest is a fault
  };
  Generation Read(Attempt attempt = Attempt::kFirst);

  // Reads the files of these paths in the registry and no others, given that
  // nothing else changed since the last reading.  Nothing if that does not do:
  // the caller calls Read.
  std::optional<Generation> ReadChanged(const std::vector<std::string>& paths);

  // Something changed that nobody can name: ReadChanged does not do before
  // the next Read.
  void RequireWhole() { whole_ = true; }

  // What was kept from an earlier run is in force, as far as this reader goes.
  void KeepInForce(std::shared_ptr<const Snapshot> snapshot,
                   const std::vector<RegistryFileText>& texts) {
    hold_.Keep(std::move(snapshot), texts);
  }

  // Forgets compiled documents that no generation holds any more.
  void DropUnused() { programs_.DropUnused(); }

  // How many files were parsed so far.
  std::uint64_t parsed_files() const { return parsed_files_; }

 private:
  // There is one of each file, so that it is small.
  struct Known {
    FileState state;
    std::shared_ptr<const ParsedFile> file;
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
  using KnownFiles = absl::flat_hash_set<Known, HashOfName, EqualName>;

  // In the place of what is known of a file of its name.
  static void Remember(Known known, KnownFiles* all);

  using Files = std::vector<std::shared_ptr<const ParsedFile>>;

  // One look at the directory.
  struct Look {
    DirectoryScan scan;
    Files files;                          // of scan.files; null: not read
    std::vector<RegistryFileText> texts;  // the same, if they are to be kept
    bool any_read = false;                // else all of them are known
    // At the last attempt: of what could be parsed though it was not at rest.
    Revocations restless_revocations;
  };

  Look LookAtDirectory(Attempt attempt);
  bool IsKnown(const std::string& name, const FileState& state) const;
  // Reads and parses the files that were listed, from the one at `begin` on.
  void ReadFiles(const DirectoryReader& reader, std::size_t begin,
                 Attempt attempt, Look* look);
  // Keeps what was read in `known_`: instead of what is there if it is all.
  void RememberAll(const Look& look);
  // Puts what can be put in force of a generation with faults.
  void MixWithKept(const Look& look, Generation* generation) const;
  // By several threads at once.
  std::shared_ptr<const ParsedFile> Parse(const std::string& name,
                                          std::string text);
  bool keeps_texts() const { return !options_.last_good_dir.empty(); }

  ProgramPool programs_;
  RegistryOptions options_;
  KnownFiles known_;
  FileNames references_;  // names that references may lead to
  // The last reading's snapshot, for the next one to share parts of; null if
  // it had faults.
  std::shared_ptr<const Snapshot> base_;
  FolderHold hold_;
  std::string last_content_;  // digest of the files of the last reading
  std::uint64_t total_bytes_ = 0;
  bool has_links_ = false;
  bool whole_ = true;
  Diagnostics last_scan_faults_;
  bool has_read_ = false;
  std::atomic<std::uint64_t> parsed_files_{0};
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_GENERATION_READER_H_
