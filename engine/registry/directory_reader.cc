#include "engine/registry/directory_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/memory/parallel.h"
#include "engine/registry/directory_lister.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/file_descriptor.h"
#include "engine/registry/kubernetes_volume.h"
#include "engine/registry/named_faults.h"
#include "engine/registry/open_beneath.h"
#include "engine/text/printable.h"

namespace rolegate {
namespace {

constexpr std::size_t kTextPadding = 8;
constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;
constexpr std::size_t kManyBytes = 8 * kLargePage;
// Looking at fewer files takes less time than starting a thread.
constexpr std::size_t kFilesForAThread = 4096;
// How many restless files and folders are named for each fence.
constexpr std::size_t kMaxNamed = 100;

bool SameIdentity(const FileState& a, const FileState& b) {
  return a.device == b.device && a.inode == b.inode && a.size == b.size &&
         a.modified_ns == b.modified_ns && a.changed_ns == b.changed_ns;
}

// A text of many megabytes is read more than once, and the kernel would hand it
// out in pieces of four kilobytes.
void AskForLargePages(const std::string& text) {
  if (text.capacity() < kManyBytes) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(text.data());
  const std::uintptr_t page = (begin + kLargePage - 1) & ~(kLargePage - 1);
  const std::uintptr_t end = (begin + text.capacity()) & ~(kLargePage - 1);
  // Small pages do as well, so errors do not matter.
  static_cast<void>(madvise(const_cast<char*>(text.data()) + (page - begin),
                            end - page, MADV_HUGEPAGE));
}

// Returns the path of a file in the directory.
std::string PathOf(const ScannedVolume& volume, absl::string_view name) {
  return absl::StrCat(volume.path(), name.substr(volume.prefix.size()));
}

FileDescriptor OpenFolder(int base, const std::string& path) {
  return path.empty() ? FileDescriptor(fcntl(base, F_DUPFD_CLOEXEC, 0))
                      : OpenBeneath(base, path, FollowLinks::kBeneath);
}

// Whether a folder still holds the files that were listed.
bool HoldsSameNames(int base, const ScannedFolder& folder,
                    std::uint64_t max_names) {
  const FileDescriptor opened = OpenFolder(base, folder.path);
  struct stat st {};
  if (!opened.ok() || fstat(opened.get(), &st) != 0) return false;
  const FileState now = StateOf(st);
  if (SameIdentity(now, folder.state)) return true;
  if (now.device != folder.state.device || now.inode != folder.state.inode) {
    return false;
  }
  const FolderEntries entries = ListFolder(opened.get(), max_names);
  return entries.error == 0 && entries.hash == folder.names_hash;
}

bool HasSameTarget(int base, const ScannedVolume& volume) {
  const FileDescriptor opened = OpenFolder(base, volume.folder);
  return opened.ok() && ReadVolumeLink(opened.get()) == volume.target;
}

Diagnostic Restless(const std::string& path, std::string message) {
  return PathFault(path, std::move(message), kUnstableFile);
}

}  // namespace

DirectoryScan DirectoryReader::List(const IsFileKnown& is_known) {
  DirectoryScan scan;
  // The operator names the directory, and may name a link: git-sync swaps one.
  base_ = FileDescriptor(open(dir_.c_str(), O_DIRECTORY | O_CLOEXEC));
  if (!base_.ok()) {
    scan.faults.push_back(PathFault(
        dir_, absl::StrCat("cannot open the directory: ", strerror(errno)),
        kUnreadableFile));
    return scan;
  }
  DirectoryLister(dir_, base_.get(), limits_, fences_, is_known, &scan)
      .ListAll();
  return scan;
}

bool DirectoryReader::ListOne(const std::string& name,
                              const IsFileKnown& is_known,
                              DirectoryScan* scan) const {
  if (!base_.ok()) return false;
  std::uint32_t best = 0;
  for (std::uint32_t i = 1; i < scan->volumes.size(); ++i) {
    const std::string& prefix = scan->volumes[i].prefix;
    if (absl::StartsWith(name, prefix) &&
        prefix.size() >= scan->volumes[best].prefix.size()) {
      best = i;
    }
  }
  return DirectoryLister(dir_, base_.get(), limits_, fences_, is_known, scan)
      .ListOne(PathOf(scan->volumes[best], name), name, best);
}

DirectoryScan DirectoryReader::ListOnly(const std::vector<std::string>& names) {
  DirectoryScan scan;
  const auto give_up = [&](const std::string& name) {
    scan.restless.push_back(Restless(name, "is no plain file"));
  };
  base_ = FileDescriptor(open(dir_.c_str(), O_DIRECTORY | O_CLOEXEC));
  if (!base_.ok() || !ReadVolumeLink(base_.get()).empty()) {
    give_up(dir_);
    return scan;
  }
  const IsFileKnown none = [](const std::string&, const FileState&) {
    return false;
  };
  DirectoryLister lister(dir_, base_.get(), limits_, fences_, none, &scan);
  for (const std::string& name : names) {
    const FileDescriptor fd =
        OpenBeneath(base_.get(), name, FollowLinks::kNone);
    struct stat st {};
    if (!fd.ok() && errno == ENOENT) continue;
    if (!fd.ok() || fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) {
      give_up(name);
      return scan;
    }
    lister.AddFile(name, 0, StateOf(st));
  }
  return scan;
}

FileText DirectoryReader::Read(const DirectoryScan& scan,
                               const ScannedFile& file) const {
  FileText read;
  const FileDescriptor fd =
      OpenBeneath(base_.get(), PathOf(scan.volumes[file.volume], file.name),
                  FollowLinks::kBeneath);
  if (!fd.ok()) {
    read.stable = errno != ENOENT && errno != ESTALE && errno != EXDEV &&
                  errno != ELOOP && errno != ENOTDIR;
    if (read.stable) {
      read.fault = absl::StrCat("cannot open: ", strerror(errno));
    }
    return read;
  }
  std::string& text = read.text;
  // The JSON reader appends some bytes, which must not make it copy the text.
  text.reserve(file.state.size + kTextPadding);
  AskForLargePages(text);
  text.resize(file.state.size);
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t got = pread(fd.get(), text.data() + at, text.size() - at,
                              static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != ESTALE) {
      read.fault = absl::StrCat("cannot read: ", strerror(errno));
      text.clear();
      return read;
    }
    if (got <= 0) break;
    at += static_cast<std::size_t>(got);
  }
  struct stat after {};
  read.stable = at == text.size() && fstat(fd.get(), &after) == 0 &&
                SameIdentity(StateOf(after), file.state);
  text.resize(at);
  return read;
}

Diagnostics DirectoryReader::FindChanges(const DirectoryScan& scan) const {
  Diagnostics changes;
  if (!base_.ok()) return changes;  // which is a fault already
  struct stat now {};
  struct stat listed {};
  if (stat(dir_.c_str(), &now) != 0 || fstat(base_.get(), &listed) != 0 ||
      now.st_dev != listed.st_dev || now.st_ino != listed.st_ino) {
    changes.push_back(
        Restless(dir_, "is swapped for another directory while it is read"));
    return changes;
  }
  for (std::size_t i = 1; i < scan.volumes.size(); ++i) {
    const ScannedVolume& volume = scan.volumes[i];
    if (HasSameTarget(base_.get(), volume)) continue;
    changes.push_back(Restless(absl::StrCat(volume.prefix, kVolumeLink),
                               "is swapped while the volume is read"));
  }
  NamedFaults named(fences_, kMaxNamed);
  for (const ScannedFolder& folder : scan.folders) {
    if (HoldsSameNames(base_.get(), folder, MaxNames(limits_))) continue;
    if (!named.Admit(folder.path)) continue;
    changes.push_back(
        Restless(folder.path.empty() ? dir_ : folder.path,
                 "files come into it or go while the registry is read"));
  }
  std::mutex mu;  // of changes
  ForEachInParallel(scan.files.size(), kFilesForAThread, [&](std::size_t i) {
    const ScannedFile& file = scan.files[i];
    if (!file.known) return;
    const std::string path = PathOf(scan.volumes[file.volume], file.name);
    struct stat st {};
    if (fstatat(base_.get(), path.c_str(), &st, 0) == 0 &&
        SameIdentity(StateOf(st), file.state)) {
      return;
    }
    std::lock_guard<std::mutex> lock(mu);
    if (named.Admit(file.name)) {
      changes.push_back(
          Restless(file.name, "is written while the registry is read"));
    }
  });
  return changes;
}

}  // namespace rolegate
