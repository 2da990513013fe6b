// Lists the files of a registry's directory.

#ifndef ROLEGATE_ENGINE_REGISTRY_DIRECTORY_LISTER_H_
#define ROLEGATE_ENGINE_REGISTRY_DIRECTORY_LISTER_H_

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/registry/directory_scan.h"
#include "engine/registry/file_descriptor.h"
#include "engine/registry/kubernetes_volume.h"
#include "engine/registry/named_faults.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

FileState StateOf(const struct stat& st);

// The entries of an open folder.
struct FolderEntries {
  std::vector<std::string> names;  // in order; none that begins with a dot
  std::size_t hash = 0;            // ScannedFolder::names_hash
  int error = 0;                   // 0, or why it cannot be listed
  bool too_many = false;           // more than `most`: only some are there
};
FolderEntries ListFolder(int folder, std::uint64_t most);

// How many names one folder may hold, including those of files that the
// registry does not read.
std::uint64_t MaxNames(const RegistryLimits& limits);

// Walks the open folder `base`, which is the registry's directory, and adds
// what it finds to `scan`.  An object serves for one pass.
class DirectoryLister {
 public:
  DirectoryLister(const std::string& dir, int base,
                  const RegistryLimits& limits, absl::Span<const Fence> fences,
                  const IsFileKnown& is_known, DirectoryScan* scan)
      : dir_(dir),
        base_(base),
        limits_(limits),
        fences_(fences),
        is_known_(is_known),
        scan_(*scan),
        named_(fences, kMaxNamed),
        named_beside_(fences, kMaxNamedBeside),
        named_skipped_(fences, kMaxNamedSkipped) {}

  void ListAll();

  // Adds a file by its path in the directory and its name in the registry.
  // False if there is no such file.
  bool ListOne(const std::string& path, const std::string& name,
               std::uint32_t volume);

  void AddFile(const std::string& name, std::uint32_t volume,
               const FileState& state);

 private:
  // How many faults are named for each fence, and how many of files that stand
  // beside a volume.
  static constexpr std::size_t kMaxNamed = 1000;
  static constexpr std::size_t kMaxNamedBeside = 100;
  static constexpr std::size_t kMaxNamedSkipped = 100;

  // A folder.  `path` is its path in the directory, `prefix` is what the names
  // of its files begin with; both end with a slash, or are empty for the
  // directory itself.
  struct Folder {
    std::string path;
    std::string prefix;
    std::uint32_t volume = 0;
    // The path at which the folder really lies, if a link leads to it; else
    // empty.
    std::string real_path;
    int depth = 0;
    bool beside_volume = false;  // beside the link of a volume
  };

  void Walk(int fd, const Folder& folder);
  // Lists what stands in a folder itself, and not in the volume that it may be.
  // Returns whether anything stands beside the link of the volume.
  bool WalkEntries(int fd, const Folder& folder);
  void WalkVolume(const Volume& volume, const Folder& folder);
  // Returns whether `name` is something that the registry reads.
  bool Visit(int fd, const Folder& folder, const std::string& name);
  bool VisitFolder(const FileDescriptor& fd, const Folder& folder,
                   const std::string& name, bool by_link);

  // Whether the file lies in the fence that its name says, or in none.  Links
  // do not matter: whoever can write where the file really lies writes it.  If
  // not, it is a fault.  `real_path` is empty if nobody knows it.
  bool StaysInFence(const std::string& name, const std::string& real_path);

  // Leaves out the fence that has the most, because there is more than the
  // limits allow, and reports a fault of that fence.  Thus nobody can fill the
  // registry up at the cost of others.  It never leaves out what stands in no
  // fence.  Returns false if no fence has anything to leave out.
  enum class Limit { kFiles, kBytes, kFolders };
  bool LeaveOutLargest(Limit limit);
  void LeaveOut(const Fence& fence);
  bool IsLeftOut(absl::string_view name) const;
  // Whether the lister needs nothing more at or below `name`.
  bool IsLeftOutWhole(const std::string& name) const;
  bool AddFolder(const Folder& folder, const FileState& state,
                 const FolderEntries& entries);

  // Notes a file that is not read because of its name, if somebody may think
  // that it is.
  void NoteSkipped(const std::string& name);
  void FaultBesideVolume(const std::string& path);
  void Fault(const std::string& path, std::string message,
             absl::string_view code);
  void Restless(const std::string& path, std::string message);

  const std::string& dir_;
  const int base_;
  const RegistryLimits& limits_;
  const absl::Span<const Fence> fences_;
  const IsFileKnown& is_known_;
  DirectoryScan& scan_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> above_;  // inodes
  std::map<const Fence*, std::size_t> linked_folders_;          // of each fence
  std::map<const Fence*, std::size_t> volumes_;
  std::size_t beside_volumes_ = 0;
  NamedFaults named_;
  NamedFaults named_beside_;
  NamedFaults named_skipped_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DIRECTORY_LISTER_H_
