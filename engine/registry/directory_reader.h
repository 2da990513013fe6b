// Reads a registry's directory in one consistent pass.

#ifndef ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/registry/fence.h"
#include "engine/registry/file_descriptor.h"
#include "engine/registry/registry.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// What tells a file from another under the same name, and from itself after
// an edit.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  // Written so lately that another write could leave the same times behind.
  bool racy = false;

  friend bool operator==(const FileState&, const FileState&) = default;
};

struct ScannedFile {
  std::string name;  // path in the registry, with `/`
  FileState state;
  std::uint32_t volume = 0;  // index in DirectoryScan::volumes
  bool known = false;        // its content need not be read
};

// Where files lie that have other names in the registry: those of Kubernetes
// volumes, which are read through `..data`.  Paths end with a slash, or are
// empty: the directory itself.
struct ScannedVolume {
  std::string prefix;  // of the files' names: "team/"
  std::string folder;  // that has the link `..data`: "team/"
  std::string target;  // of the link: "..2026_11_28"

  std::string path() const {
    return target.empty() ? "" : folder + target + "/";
  }
};

struct ScannedFolder {
  std::string path;  // in the directory; empty: the directory itself
  FileState state;
  std::size_t names_hash = 0;  // of what is in it, but for files of no interest
};

struct DirectoryScan {
  std::vector<ScannedFile> files;             // in the order of their names
  std::vector<ScannedVolume> volumes = {{}};  // the first: no volume
  std::vector<ScannedFolder> folders;
  Diagnostics faults;
  std::uint64_t total_bytes = 0;  // of the files
  bool has_links = false;         // a file may be there under several names
  bool over_limit = false;        // not all of it was listed
  // Fences of which nothing was listed, for they have too much.
  std::vector<const Fence*> left_out;

  // What changed while it was looked at; if anything did, scan again.  As the
  // faults that they are if they do not come to rest.
  Diagnostics restless;

  // Paths to watch, of the fences with few folders before those of many: there
  // may be no watches for all, and nobody must use up those of others.
  std::vector<std::string> Directories(const std::string& dir,
                                       absl::Span<const Fence> fences) const;
};

// What came of reading a file.
struct FileText {
  bool stable = true;  // false: it is not what was listed any more
  std::string fault;   // why it cannot be read; empty if it can
  std::string text;
};

// One pass: lists the directory, then reads what is listed, and says at last
// whether all of it is of one moment.
class DirectoryReader {
 public:
  using IsKnown =
      std::function<bool(const std::string& name, const FileState& state)>;

  // `fences` outlive it.
  DirectoryReader(std::string dir, const RegistryLimits& limits,
                  absl::Span<const Fence> fences = {})
      : dir_(std::move(dir)), limits_(limits), fences_(fences) {}

  // Lists every regular `*.json` below the directory whose path has no part
  // that begins with a dot.  A Kubernetes volume, in the directory or in a
  // folder of it, is read through its `..data` link, which is opened once, so
  // that files of two versions never mix; files beside the link are a fault.
  // Faults are also: links that leave the directory or lead into a fence that
  // their names do not stand in, FIFOs and the like, what
  // cannot be read, names that nobody can show, and what is over the limits.
  // `is_known` says whether a file's content is known already by its state.
  DirectoryScan List(const IsKnown& is_known);

  // Adds the file of this name to what List listed, whatever it ends with.
  // False if there is none.
  bool ListOne(const std::string& name, const IsKnown& is_known,
               DirectoryScan* scan) const;

  // Lists the files of these names, of a directory that was listed before;
  // those that are not there are left out.  Restless if that is not enough: a
  // name that is no regular file, or a volume with a `..data` link.
  DirectoryScan ListOnly(const std::vector<std::string>& names);

  // Reads a file that was listed.  By several threads at once.
  FileText Read(const DirectoryScan& scan, const ScannedFile& file) const;

  // What is not any more as it was listed, but for the files that were read
  // since: the directory or a volume by its name, the names in folders, the
  // known files.  If there is nothing, and every file was read as it was
  // listed, all was of one moment: the one at which the listing ended.
  Diagnostics FindChanges(const DirectoryScan& scan) const;

 private:
  const std::string dir_;
  const RegistryLimits limits_;
  const absl::Span<const Fence> fences_;
  FileDescriptor base_;
};

// A fault of what `path` names, as text that can be shown.
Diagnostic PathFault(const std::string& path, std::string message,
                     absl::string_view code);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_
