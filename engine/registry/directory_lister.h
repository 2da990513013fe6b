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

// What an open folder holds.
struct FolderEntries {
  std::vector<std::string> names;  // in order; none that begins with a dot
  std::size_t hash = 0;            // ScannedFolder::names_hash
  int error = 0;                   // 0, or why it cannot be listed
  bool too_many = false;           // more than `most`: only some are there
};
FolderEntries ListFolder(int folder, std::uint64_t most);

// How many names one folder may hold, of files of no interest as well.
std::uint64_t MaxNames(const RegistryLimits& limits);

// Walks the open folder `base`, which is the registry's directory, and adds to
// `scan` what it finds.  For one pass.
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
        named_beside_(fences, kMaxNamedBeside) {}

  void ListAll();

  // A file by its path in the directory and its name in the registry.  False
  // if there is none.
  bool ListOne(const std::string& path, const std::string& name,
               std::uint32_t volume);

  void AddFile(const std::string& name, std::uint32_t volume,
               const FileState& state);

 private:
  // Of one fence, so many faults are named, and of files beside a volume.
  static constexpr std::size_t kMaxNamed = 1000;
  static constexpr std::size_t kMaxNamedBeside = 100;

  // A folder, by its path in the directory and by what its files' names begin
  // with: both end with a slash, or are empty.
  struct Folder {
    std::string path;
    std::string prefix;
    std::uint32_t volume = 0;
    // Where it really lies if a link leads to it; empty: at its path.
    std::string real_path;
    int depth = 0;
    bool beside_volume = false;  // beside the link of a volume
  };

  void Walk(int fd, const Folder& folder);
  // What stands in a folder itself, and not in a volume that it is.  Whether
  // anything does, beside the link of a volume.
  bool WalkEntries(int fd, const Folder& folder);
  void WalkVolume(const Volume& volume, const Folder& folder);
  // Whether it is anything of the registry.
  bool Visit(int fd, const Folder& folder, const std::string& name);
  bool VisitFolder(const FileDescriptor& fd, const Folder& folder,
                   const std::string& name, bool by_link);

  // Whoever can write where a file really lies writes it, whatever links lead
  // there: false, and a fault, if that is another fence than that of its name.
  // `real_path` is empty if nobody knows.
  bool StaysInFence(const std::string& name, const std::string& real_path);

  // There is more than the limits allow.  What stands in the fence that has the
  // most is left out, and a fault of that fence, so that nobody can fill the
  // registry up at the cost of others; what stands in no fence never is.  False
  // if no fence has anything that could be left out.
  enum class Limit { kFiles, kBytes, kFolders };
  bool LeaveOutLargest(Limit limit);
  void LeaveOut(const Fence& fence);
  bool IsLeftOut(absl::string_view name) const;
  // Whether nothing at or below `name` is of interest any more.
  bool IsLeftOutWhole(const std::string& name) const;
  bool AddFolder(const Folder& folder, const FileState& state,
                 const FolderEntries& entries);

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
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DIRECTORY_LISTER_H_
