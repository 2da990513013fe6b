#include "engine/registry/directory_lister.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/open_beneath.h"
#include "engine/text/printable.h"

namespace rolegate {
namespace {

constexpr int kMaxDepth = 64;
// If there were more, two links that lead to each other's folders could be
// walked in more ways than anybody can wait for.
constexpr std::size_t kMaxLinkedFolders = 1000;
constexpr std::size_t kMaxVolumes = 1000;
constexpr std::int64_t kRacyNanoseconds = 50'000'000;

std::int64_t Nanoseconds(const timespec& t) {
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

bool IsJson(absl::string_view name) { return absl::EndsWith(name, ".json"); }

// A file that was replaced has a stale handle on a network file system.
bool IsGone(int error) { return error == ENOENT || error == ESTALE; }

}  // namespace

FileState StateOf(const struct stat& st) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  FileState state;
  state.device = st.st_dev;
  state.inode = st.st_ino;
  state.size = static_cast<std::uint64_t>(st.st_size);
  state.modified_ns = Nanoseconds(st.st_mtim);
  state.changed_ns = Nanoseconds(st.st_ctim);
  state.racy = Nanoseconds(now) - state.changed_ns < kRacyNanoseconds;
  return state;
}

std::uint64_t MaxNames(const RegistryLimits& limits) {
  return 2 * limits.max_files + 1000;
}

FolderEntries ListFolder(int folder, std::uint64_t most) {
  FolderEntries entries;
  // fdopendir takes the descriptor, and the caller keeps its own.
  const int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const stream = own < 0 ? nullptr : fdopendir(own);
  if (stream == nullptr) {
    entries.error = errno;
    if (own >= 0) close(own);
    return entries;
  }
  std::vector<std::string> of_interest;
  for (;;) {
    errno = 0;
    const dirent* const entry = readdir(stream);
    if (entry == nullptr) break;
    if (entry->d_name[0] == '.') continue;  // `..data` is looked at by itself
    if (entries.names.size() >= most) {
      entries.too_many = true;
      break;
    }
    entries.names.emplace_back(entry->d_name);
    if (entry->d_type != DT_REG || IsJson(entry->d_name)) {
      of_interest.emplace_back(entry->d_name);
    }
  }
  entries.error = errno;  // an end has none
  closedir(stream);
  std::sort(entries.names.begin(), entries.names.end());
  std::sort(of_interest.begin(), of_interest.end());
  entries.hash = absl::Hash<std::vector<std::string>>()(of_interest);
  return entries;
}

void DirectoryLister::ListAll() {
  Walk(base_, Folder());
  std::sort(scan_.files.begin(), scan_.files.end(),
            [](const ScannedFile& a, const ScannedFile& b) {
              return a.name < b.name;
            });
}

bool DirectoryLister::ListOne(const std::string& path, const std::string& name,
                              std::uint32_t volume) {
  const FileDescriptor fd = OpenBeneath(base_, path, FollowLinks::kBeneath);
  struct stat st {};
  if (!fd.ok()) {
    if (errno == EXDEV || errno == ELOOP) {
      Fault(name, "is a link that leaves the registry", kUnreadableFile);
    } else if (!IsGone(errno) && errno != ENOTDIR) {
      Fault(name, absl::StrCat("cannot open: ", strerror(errno)),
            kUnreadableFile);
    }
    return false;
  }
  if (fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return false;
  if (!fences_.empty() && !StaysInFence(name, PathBeneath(base_, fd.get()))) {
    return false;
  }
  AddFile(name, volume, StateOf(st));
  return true;
}

void DirectoryLister::Walk(int fd, const Folder& folder) {
  struct stat st {};
  if (fstat(fd, &st) != 0) {
    Fault(folder.prefix,
          absl::StrCat("cannot read its status: ", strerror(errno)),
          kUnreadableFile);
    return;
  }
  if (folder.depth > kMaxDepth) {
    Fault(
        folder.prefix,
        absl::StrCat("the folder is nested deeper than ", kMaxDepth, " levels"),
        kLimitExceeded);
    return;
  }
  above_.emplace_back(st.st_dev, st.st_ino);
  const Volume volume = OpenVolume(fd);
  switch (volume.state) {
    case Volume::State::kNone:
      WalkEntries(fd, folder);
      break;
    case Volume::State::kMoving:
      scan_.has_links = true;
      Restless(absl::StrCat(folder.prefix, kVolumeLink), volume.fault);
      WalkEntries(fd, folder);
      break;
    case Volume::State::kFault:
      // The generation does not load, but the files beside the link may hold
      // revocations.
      scan_.has_links = true;
      Fault(absl::StrCat(folder.prefix, kVolumeLink), volume.fault,
            kUnreadableFile);
      WalkEntries(fd, folder);
      break;
    case Volume::State::kFound: {
      scan_.has_links = true;
      if (folder.beside_volume) {
        FaultBesideVolume(absl::StrCat(folder.prefix, kVolumeLink));
      }
      Folder beside = folder;
      beside.beside_volume = true;
      Folder inside = folder;
      inside.beside_volume = false;
      // Both are read, for what they revoke, so the names inside must be such
      // as nothing beside the link can have.
      if (WalkEntries(fd, beside)) {
        absl::StrAppend(&inside.prefix, kVolumeLink, "/");
      }
      WalkVolume(volume, inside);
      break;
    }
  }
  above_.pop_back();
}

void DirectoryLister::WalkVolume(const Volume& volume, const Folder& folder) {
  const Fence* const fence = FindFence(fences_, folder.prefix);
  if (++volumes_[fence] > kMaxVolumes) {
    // The fence alone is at fault, so the scan goes on elsewhere.
    scan_.over_limit = scan_.over_limit || fence == nullptr;
    Fault(folder.prefix,
          absl::StrCat("the registry has more than ", kMaxVolumes,
                       " Kubernetes volumes",
                       fence == nullptr ? "" : " in one fence"),
          kLimitExceeded);
    return;
  }
  Folder inside = folder;
  inside.volume = static_cast<std::uint32_t>(scan_.volumes.size());
  scan_.volumes.push_back({folder.prefix, folder.path, volume.target});
  inside.path = scan_.volumes.back().path();
  ++inside.depth;
  Walk(volume.folder.get(), inside);
}

bool DirectoryLister::WalkEntries(int fd, const Folder& folder) {
  struct stat st {};
  if (fstat(fd, &st) != 0) return false;  // it was a moment ago
  const FolderEntries entries = ListFolder(fd, MaxNames(limits_));
  if (!AddFolder(folder, StateOf(st), entries)) return false;
  if (IsGone(entries.error)) {
    Restless(folder.prefix, "comes and goes while the registry is read");
  } else if (entries.error != 0) {
    Fault(folder.prefix, absl::StrCat("cannot list: ", strerror(entries.error)),
          kUnreadableFile);
  }
  bool any = false;
  for (const std::string& name : entries.names) {
    if (IsLeftOutWhole(absl::StrCat(folder.prefix, name))) continue;
    any = Visit(fd, folder, name) || any;
    if (scan_.over_limit) break;
  }
  return any;
}

bool DirectoryLister::Visit(int fd, const Folder& folder,
                            const std::string& name) {
  const std::string shown = absl::StrCat(folder.prefix, name);
  struct stat st {};
  if (fstatat(fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (IsGone(errno)) {
      if (IsJson(name)) {
        Restless(shown, "comes and goes while the registry is read");
      }
    } else {
      Fault(shown, absl::StrCat("cannot read its status: ", strerror(errno)),
            kUnreadableFile);
    }
    return false;
  }
  const bool is_link = S_ISLNK(st.st_mode);
  if (is_link) {
    scan_.has_links = true;
    if (folder.beside_volume && IsUsersLink(fd, name)) return false;
  }
  if (S_ISREG(st.st_mode)) {
    if (folder.beside_volume) FaultBesideVolume(shown);
    if (IsJson(name) &&
        (folder.real_path.empty() ||
         StaysInFence(shown, absl::StrCat(folder.real_path, name)))) {
      AddFile(shown, folder.volume, StateOf(st));
    }
    if (!IsJson(name)) NoteSkipped(shown);
    return true;
  }
  if (!S_ISDIR(st.st_mode) && !is_link) {
    if (folder.beside_volume) FaultBesideVolume(shown);
    if (IsJson(name)) {
      Fault(shown, "is neither a file nor a folder", kUnreadableFile);
    }
    return folder.beside_volume;
  }
  const FileDescriptor opened = OpenBeneath(
      base_, absl::StrCat(folder.path, name), FollowLinks::kBeneath);
  if (!opened.ok()) {
    const int error = errno;
    if (is_link) {
      if (folder.beside_volume) FaultBesideVolume(shown);
      if (!IsJson(name)) return folder.beside_volume;
      Fault(
          shown,
          error == EXDEV || error == ELOOP || error == ENOTDIR || IsGone(error)
              ? "is a link that leaves the registry or leads nowhere"
              : absl::StrCat("cannot open: ", strerror(error)),
          kUnreadableFile);
    } else if (IsGone(error)) {
      Restless(shown, "comes and goes while the registry is read");
    } else {
      Fault(shown, absl::StrCat("cannot open: ", strerror(error)),
            kUnreadableFile);
    }
    return true;
  }
  if (fstat(opened.get(), &st) != 0) return false;
  if (S_ISDIR(st.st_mode)) return VisitFolder(opened, folder, name, is_link);
  if (folder.beside_volume) FaultBesideVolume(shown);
  if (!IsJson(name)) {
    if (S_ISREG(st.st_mode)) NoteSkipped(shown);
    return folder.beside_volume;
  }
  if (S_ISREG(st.st_mode)) {
    if (fences_.empty() ||
        StaysInFence(shown, PathBeneath(base_, opened.get()))) {
      AddFile(shown, folder.volume, StateOf(st));
    }
  } else {
    Fault(shown, "is neither a file nor a folder", kUnreadableFile);
  }
  return true;
}

bool DirectoryLister::VisitFolder(const FileDescriptor& fd,
                                  const Folder& folder, const std::string& name,
                                  bool by_link) {
  Folder inner = folder;
  absl::StrAppend(&inner.path, name, "/");
  absl::StrAppend(&inner.prefix, name, "/");
  ++inner.depth;
  if (!inner.real_path.empty()) absl::StrAppend(&inner.real_path, name, "/");
  if (by_link) {
    if (!fences_.empty()) {
      inner.real_path = PathBeneath(base_, fd.get());
      if (!StaysInFence(absl::StrCat(folder.prefix, name), inner.real_path)) {
        return true;
      }
      absl::StrAppend(&inner.real_path, "/");
    }
    struct stat st {};
    fstat(fd.get(), &st);
    const std::pair<std::uint64_t, std::uint64_t> inode(st.st_dev, st.st_ino);
    if (std::find(above_.begin(), above_.end(), inode) != above_.end()) {
      Fault(inner.prefix, "is a link to a folder that it stands in",
            kUnreadableFile);
      return true;
    }
    const Fence* const fence = FindFence(fences_, inner.prefix);
    if (++linked_folders_[fence] > kMaxLinkedFolders) {
      scan_.over_limit = scan_.over_limit || fence == nullptr;
      Fault(inner.prefix,
            absl::StrCat("more than ", kMaxLinkedFolders,
                         " folders are reached by links",
                         fence == nullptr ? "" : " in one fence"),
            kLimitExceeded);
      return true;
    }
  }
  const std::size_t files = scan_.files.size();
  const std::size_t beside = beside_volumes_;
  Walk(fd.get(), inner);
  return scan_.files.size() > files || beside_volumes_ > beside;
}

void DirectoryLister::AddFile(const std::string& name, std::uint32_t volume,
                              const FileState& state) {
  if (!IsPrintable(name)) {
    Fault(name, "the name must be UTF-8 without control characters",
          kInvalidFileName);
    return;
  }
  if (state.size > limits_.max_file_bytes) {
    Fault(name,
          absl::StrCat("is larger than ", limits_.max_file_bytes,
                       " bytes (`registry.limits.max_file_bytes`)"),
          kLimitExceeded);
    return;
  }
  if (IsLeftOut(name)) return;
  scan_.total_bytes += state.size;
  scan_.files.push_back({name, state, volume, is_known_(name, state)});
  for (;;) {
    const bool files = scan_.files.size() > limits_.max_files;
    if (!files && scan_.total_bytes <= limits_.max_total_bytes) return;
    if (LeaveOutLargest(files ? Limit::kFiles : Limit::kBytes)) continue;
    scan_.over_limit = true;
    scan_.total_bytes -= state.size;
    scan_.files.pop_back();
    Fault(name,
          absl::StrCat("the registry has more than ", limits_.max_files,
                       " files or ", limits_.max_total_bytes,
                       " bytes (`registry.limits.max_files` and "
                       "`registry.limits.max_total_bytes`)"),
          kLimitExceeded);
    return;
  }
}

bool DirectoryLister::AddFolder(const Folder& folder, const FileState& state,
                                const FolderEntries& entries) {
  if (IsLeftOutWhole(folder.prefix)) return false;
  scan_.folders.push_back({folder.path, state, entries.hash});
  if (entries.too_many) {
    const Fence* const fence = FindFence(fences_, folder.prefix);
    scan_.over_limit = scan_.over_limit || fence == nullptr;
    Fault(folder.prefix,
          absl::StrCat("holds more than ", MaxNames(limits_), " names"),
          kLimitExceeded);
    // Nobody knows what else stands in the folder, and inner fences may.
    for (const Fence& inner : fences_) {
      if (fence != nullptr && fence->Contains(inner.path)) LeaveOut(inner);
    }
    return false;
  }
  while (scan_.folders.size() > limits_.max_files) {
    if (LeaveOutLargest(Limit::kFolders)) continue;
    scan_.over_limit = true;
    Fault(folder.prefix,
          absl::StrCat("the registry has more than ", limits_.max_files,
                       " folders (`registry.limits.max_files`)"),
          kLimitExceeded);
    return false;
  }
  return !IsLeftOutWhole(folder.prefix);
}

bool DirectoryLister::LeaveOutLargest(Limit limit) {
  std::map<const Fence*, std::uint64_t> sizes;
  if (limit == Limit::kFolders) {
    for (const ScannedFolder& folder : scan_.folders) {
      ++sizes[FindFence(fences_, folder.path)];
    }
  } else {
    for (const ScannedFile& file : scan_.files) {
      sizes[FindFence(fences_, file.name)] +=
          limit == Limit::kFiles ? 1 : file.state.size;
    }
  }
  sizes.erase(nullptr);
  if (sizes.empty()) return false;
  const Fence* const largest =
      std::max_element(
          sizes.begin(), sizes.end(),
          [](const auto& a, const auto& b) { return a.second < b.second; })
          ->first;
  LeaveOut(*largest);
  return true;
}

void DirectoryLister::LeaveOut(const Fence& fence) {
  scan_.left_out.push_back(&fence);
  std::erase_if(scan_.files, [&](const ScannedFile& file) {
    if (FindFence(fences_, file.name) != &fence) return false;
    scan_.total_bytes -= file.state.size;
    return true;
  });
  std::erase_if(scan_.folders, [&](const ScannedFolder& folder) {
    return FindFence(fences_, folder.path) == &fence;
  });
  Fault(fence.path,
        absl::StrCat("nothing of this fence is read: the registry may have ",
                     limits_.max_files, " files and folders and ",
                     limits_.max_total_bytes,
                     " bytes, and no fence has more of them than this one"),
        kLimitExceeded);
}

bool DirectoryLister::IsLeftOut(absl::string_view name) const {
  return !scan_.left_out.empty() &&
         std::find(scan_.left_out.begin(), scan_.left_out.end(),
                   FindFence(fences_, name)) != scan_.left_out.end();
}

bool DirectoryLister::IsLeftOutWhole(const std::string& name) const {
  return IsLeftOut(name) &&
         std::none_of(fences_.begin(), fences_.end(), [&](const Fence& fence) {
           return fence.path.size() > name.size() &&
                  absl::StartsWith(fence.path, name);
         });
}

bool DirectoryLister::StaysInFence(const std::string& name,
                                   const std::string& real_path) {
  if (real_path.empty()) {
    Fault(name,
          "is reached by a link, and without `/proc` the registry cannot see "
          "in which fence it lies: mount `/proc`, or remove the link",
          kUnreadableFile);
    return false;
  }
  const Fence* const real = FindFence(fences_, real_path);
  if (real == nullptr || real == FindFence(fences_, name)) return true;
  Fault(name,
        absl::StrCat("is reached by a link into fence `", real->path,
                     "`, so that the author of that fence could change it: "
                     "copy the file in place of the link"),
        kOutsideFence);
  return false;
}

void DirectoryLister::NoteSkipped(const std::string& name) {
  if (!LooksSkipped(name) || IsLeftOut(name)) return;
  if (named_skipped_.Admit(name)) {
    scan_.skipped.names.push_back(name);
  } else {
    ++scan_.skipped.more;
  }
}

void DirectoryLister::FaultBesideVolume(const std::string& path) {
  ++beside_volumes_;
  if (!named_beside_.Admit(path)) return;
  Fault(path,
        "stands beside the `..data` link of a Kubernetes volume and is no part "
        "of it: remove it, or the link",
        kBesideVolume);
}

void DirectoryLister::Fault(const std::string& path, std::string message,
                            absl::string_view code) {
  if (!named_.Admit(path)) return;
  scan_.faults.push_back(
      PathFault(path.empty() ? dir_ : path, std::move(message), code));
}

void DirectoryLister::Restless(const std::string& path, std::string message) {
  if (!named_.Admit(path)) return;
  scan_.restless.push_back(
      PathFault(path.empty() ? dir_ : path, std::move(message), kUnstableFile));
}

}  // namespace rolegate
