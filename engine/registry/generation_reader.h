// Reads generations from a directory, and parses only the files that changed.
// A generation is what the directory held at one moment: its files joined to a
// snapshot, or the faults that keep them from it.

#ifndef ROLEGATE_ENGINE_REGISTRY_GENERATION_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_GENERATION_READER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/program/program_pool.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/directory_reader.h"
#include "engine/registry/directory_scan.h"
#include "engine/registry/folder_hold.h"
#include "engine/registry/known_files.h"
#include "engine/registry/last_good.h"
#include "engine/registry/parsed_file.h"
#include "engine/registry/reading_basis.h"
#include "engine/registry/referenced_files.h"
#include "engine/registry/registry_options.h"
#include "engine/registry/revocations.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// The result of reading the directory once.
struct Generation {
  bool stable = true;   // false: the directory changed meanwhile
  bool changed = true;  // false: the content is that of the reading before

  // This is null if there are faults, unless folders with faults are held back.
  std::shared_ptr<const Snapshot> snapshot;
  Diagnostics faults;

  // If `snapshot` is null, the revocations of every file that parsed.
  Revocations revocations;
  std::vector<std::string> directories;  // the folders to watch

  // The texts that were read.  Empty unless last_good_dir keeps them.
  std::vector<RegistryFileText> texts;

  // Files that are not read because of their names.
  SkippedFiles skipped;

  // Folders with faults of which `snapshot` has older files than were read.
  // `faults` tells what is wrong with the files that stand there now.
  std::vector<FaultyFolder> held;
};

// Reads generation after generation.  It reads a file again only if the file's
// state changed, and parses it again only if the content changed.  Used by one
// thread, which takes others to its help.
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
    kLast,   // what does not come to rest is a fault now
  };

  // Reads the whole directory.
  Generation Read(Attempt attempt = Attempt::kFirst);

  // Reads the files at these paths in the registry and no others, given that
  // nothing else changed since the last reading.  Nothing if that is not
  // enough; then call Read.
  std::optional<Generation> ReadChanged(const std::vector<std::string>& paths);

  // Tells that something changed that nobody can name, so that ReadChanged is
  // not enough before the next Read.
  void RequireWhole() { basis_.Outdate(); }

  // Joins the texts that an earlier run kept.  kDataLoss if they have faults,
  // as another release or other options may find.
  absl::StatusOr<std::shared_ptr<const Snapshot>> ReadKept(
      const std::vector<RegistryFileText>& texts) const;

  // Tells that a generation from an earlier run is in force, for folders with
  // faults to keep its files.
  void KeepInForce(std::shared_ptr<const Snapshot> snapshot,
                   const std::vector<RegistryFileText>& texts) {
    hold_.Keep(std::move(snapshot), texts);
  }

  // Forgets compiled documents that no generation holds any more.
  void DropUnused() { programs_.DropUnused(); }

  // How many files were parsed so far.
  std::uint64_t parsed_files() const { return parsed_files_; }

 private:
  using Files = std::vector<std::shared_ptr<const ParsedFile>>;

  // One look at the directory.
  struct Look {
    DirectoryScan scan;
    Files files;                          // of scan.files; null: not read
    std::vector<RegistryFileText> texts;  // of them, if they are to be kept
    bool any_read = false;                // false: all of them were known
    // At the last attempt, the revocations of files that parsed although they
    // were not at rest.
    Revocations restless_revocations;
  };

  // The facts that decide whether the next reading has the same content.
  struct Content {
    std::string digest;  // of the files' names and contents
    Diagnostics scan_faults;
    SkippedFiles skipped;

    friend bool operator==(const Content&, const Content&) = default;
  };

  // The facts about the last listing that ReadChanged needs.
  struct Listing {
    std::uint64_t total_bytes = 0;
    bool has_links = false;  // one file may be there under several names
    FileNames references;    // names that references may lead to
  };

  Look LookAtDirectory(Attempt attempt);
  // Reads and parses the files that were listed, from the one at `begin` on.
  void ReadFiles(const DirectoryReader& reader, std::size_t begin,
                 Attempt attempt, Look* look);
  void Remember(const Look& look);
  // Joins the files, which are at rest or have faults that say so.
  void Join(const Look& look, ContentTree tree, Generation* generation);
  // Puts what can be put in force of a generation with faults.
  void MixWithKept(const Look& look, Generation* generation) const;
  // Several threads call it at once.
  std::shared_ptr<const ParsedFile> Parse(const std::string& name,
                                          std::string text);
  bool keeps_texts() const { return !options_.last_good_dir.empty(); }

  ProgramPool programs_;
  RegistryOptions options_;
  KnownFiles known_;
  ReadingBasis basis_;
  std::optional<Content> last_content_;  // of the last whole reading
  Listing listing_;
  FolderHold hold_;
  std::atomic<std::uint64_t> parsed_files_{0};
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_GENERATION_READER_H_
