// The result of listing a registry's directory once.

#ifndef ROLEGATE_ENGINE_REGISTRY_DIRECTORY_SCAN_H_
#define ROLEGATE_ENGINE_REGISTRY_DIRECTORY_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/registry/fence.h"
#include "engine/registry/skipped_names.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// The state of a file.  It tells the file from another one that takes its name,
// and from itself after an edit.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  // Whether the file was written so lately that another write could leave the
  // same times behind.
  bool racy = false;

  friend bool operator==(const FileState&, const FileState&) = default;
};

struct ScannedFile {
  std::string name;  // path in the registry, with `/`
  FileState state;
  std::uint32_t volume = 0;  // index in DirectoryScan::volumes
  bool known = false;        // its content need not be read
};

// A place whose files have other names in the registry than in the directory: a
// Kubernetes volume, which is read through `..data`.  Paths end with a slash,
// or are empty for the directory itself.
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
  SkippedFiles skipped;
  std::uint64_t total_bytes = 0;  // of the files
  bool has_links = false;         // a file may be there under several names
  bool over_limit = false;        // not all of it was listed
  // The fences that have too much, so that nothing of them is listed.
  std::vector<const Fence*> left_out;

  // The changes during the scan.  If there are any, scan again.  If the
  // directory does not come to rest, report these faults.
  Diagnostics restless;

  // Returns the paths to watch.  Fences with few folders come before those with
  // many, because there may not be watches for all, and nobody must use up
  // those of others.
  std::vector<std::string> Directories(const std::string& dir,
                                       absl::Span<const Fence> fences) const;
};

// Says whether the content of a file of this name and state is known, so that
// nobody need read it.
using IsFileKnown =
    std::function<bool(const std::string& name, const FileState& state)>;

// Makes a fault of the file or folder at `path`, which need not be printable.
Diagnostic PathFault(const std::string& path, std::string message,
                     absl::string_view code);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DIRECTORY_SCAN_H_
