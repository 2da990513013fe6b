// Reads a registry's directory in one consistent pass.

#ifndef ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/diagnostic.h"
#include "engine/registry/file_descriptor.h"
#include "engine/registry/registry.h"

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
  std::string name;  // path in the directory, with `/`
  FileState state;
  bool known = false;  // its content need not be read
};

struct DirectoryScan {
  std::vector<ScannedFile> files;        // in the order of their names
  std::vector<std::string> directories;  // paths to watch
  Diagnostics faults;
  bool has_links = false;  // a file may be there under several names
  bool stable = true;      // false: something changed meanwhile; scan again
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
  DirectoryReader(std::string dir, const RegistryLimits& limits)
      : dir_(std::move(dir)), limits_(limits) {}

  // Lists every regular `*.json` below the directory whose path has no part
  // that begins with a dot.  A Kubernetes volume is read through its `..data`
  // link, which is opened once, so that files of two versions never mix.  Links
  // that leave the directory, FIFOs and the like, and files over the limits are
  // faults.  Files of the names in `also` are listed, too, whatever they end
  // with.  `is_known` says whether a file's content is known already by its
  // state.
  DirectoryScan List(const std::set<std::string, std::less<>>& also,
                     const std::function<bool(const std::string& name,
                                              const FileState&)>& is_known);

  // Lists the files of these names, of a directory that was listed before;
  // those that are not there are left out.  Not stable if that is not enough: a
  // name that is no regular file, or a volume with a `..data` link.
  DirectoryScan ListOnly(const std::vector<std::string>& names);

  // Reads a file that was listed.  By several threads at once.
  FileText Read(const ScannedFile& file) const;

  // Whether the directory is still the one that was listed, and not another by
  // its name.
  bool IsStillThere() const;

 private:
  const std::string dir_;
  const RegistryLimits limits_;
  std::string base_path_;
  FileDescriptor base_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_
