#include "engine/registry/directory_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/file_descriptor.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/open_beneath.h"

namespace rolegate {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::int64_t kRacyNanoseconds = 50'000'000;
constexpr std::size_t kTextPadding = 8;
constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;
constexpr std::size_t kManyBytes = 8 * kLargePage;
constexpr char kKubernetesData[] = "..data";

std::int64_t Nanoseconds(const timespec& t) {
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

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

bool SameIdentity(const FileState& a, const FileState& b) {
  return a.device == b.device && a.inode == b.inode && a.size == b.size &&
         a.modified_ns == b.modified_ns && a.changed_ns == b.changed_ns;
}

// A text of many megabytes is gone through more than once, and the kernel would
// hand it out by four kilobytes.
void AskForLargePages(const std::string& text) {
  if (text.capacity() < kManyBytes) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(text.data());
  const std::uintptr_t page = (begin + kLargePage - 1) & ~(kLargePage - 1);
  const std::uintptr_t end = (begin + text.capacity()) & ~(kLargePage - 1);
  // Without them it works as well.
  static_cast<void>(
      madvise(reinterpret_cast<void*>(page), end - page, MADV_HUGEPAGE));
}

Diagnostic FaultOf(const std::string& path, std::string message,
                   absl::string_view code = kUnreadableFile) {
  return {Severity::kError,  path, "", Position(), std::string(code),
          std::move(message)};
}

class Lister {
 public:
  Lister(
      const std::string& dir, std::string base_path, int base,
      const RegistryLimits& limits,
      const std::set<std::string, std::less<>>& also,
      const std::function<bool(const std::string&, const FileState&)>& is_known)
      : dir_(dir),
        base_path_(std::move(base_path)),
        base_(base),
        limits_(limits),
        also_(also),
        is_known_(is_known) {}

  DirectoryScan ListAll() && {
    Walk(base_, "", 0);
    std::sort(scan_.files.begin(), scan_.files.end(),
              [](const ScannedFile& a, const ScannedFile& b) {
                return a.name < b.name;
              });
    return std::move(scan_);
  }

  DirectoryScan ListOnly(const std::vector<std::string>& names) && {
    struct stat st {};
    scan_.stable = fstatat(base_, kKubernetesData, &st, 0) != 0;
    for (const std::string& name : names) {
      if (!scan_.stable) break;
      if (fstatat(base_, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
        scan_.stable = errno == ENOENT;
        continue;
      }
      const FileDescriptor fd = OpenBeneath(base_, name, FollowLinks::kNone);
      scan_.stable =
          fd.ok() && fstat(fd.get(), &st) == 0 && S_ISREG(st.st_mode);
      if (scan_.stable) AddFile(name, StateOf(st));
    }
    return std::move(scan_);
  }

 private:
  void Walk(int directory, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) {
      Fault(prefix, absl::StrCat("folders nested deeper than ", kMaxDepth));
      return;
    }
    // fdopendir owns its descriptor; the caller keeps the other.
    DIR* const stream =
        fdopendir(openat(directory, ".", O_DIRECTORY | O_CLOEXEC));
    if (stream == nullptr) {
      Fault(prefix, absl::StrCat("cannot list: ", strerror(errno)));
      return;
    }
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream)) {
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    closedir(stream);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      Visit(directory, name, absl::StrCat(prefix, name), depth);
      if (over_limit_) return;
    }
  }

  void Visit(int directory, const std::string& name, const std::string& path,
             int depth) {
    struct stat st {};
    if (fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      scan_.stable = false;  // gone since it was listed
      return;
    }
    if (S_ISLNK(st.st_mode)) scan_.has_links = true;
    const bool is_wanted =
        absl::EndsWith(path, ".json") || also_.contains(path);
    if (S_ISREG(st.st_mode) && !is_wanted) return;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode)) {
      if (is_wanted) Fault(path, "is neither a file nor a folder");
      return;
    }
    if (S_ISREG(st.st_mode)) {
      AddFile(path, StateOf(st));
      return;
    }
    FileDescriptor fd = OpenBeneath(base_, path, FollowLinks::kBeneath);
    if (!fd.ok()) {
      if (errno == ENOENT && !S_ISLNK(st.st_mode)) {
        scan_.stable = false;
      } else if (is_wanted || !S_ISLNK(st.st_mode)) {
        Fault(path, S_ISLNK(st.st_mode)
                        ? "is a link that leaves the registry or leads nowhere"
                        : absl::StrCat("cannot open: ", strerror(errno)));
      }
      return;
    }
    if (fstat(fd.get(), &st) != 0) return;
    if (S_ISDIR(st.st_mode)) {
      scan_.directories.push_back(absl::StrCat(base_path_, "/", path));
      Walk(fd.get(), absl::StrCat(path, "/"), depth + 1);
    } else if (!is_wanted) {
      return;
    } else if (S_ISREG(st.st_mode)) {
      AddFile(path, StateOf(st));
    } else {
      Fault(path, "is neither a file nor a folder");
    }
  }

  // A fault if it is over the limits.
  void AddFile(const std::string& path, const FileState& state) {
    if (state.size > limits_.max_file_bytes) {
      Fault(path,
            absl::StrCat("larger than ", limits_.max_file_bytes, " bytes"),
            kLimitExceeded);
      return;
    }
    total_bytes_ += state.size;
    if (scan_.files.size() >= limits_.max_files ||
        total_bytes_ > limits_.max_total_bytes) {
      over_limit_ = true;
      Fault(path,
            absl::StrCat("the registry has more than ", limits_.max_files,
                         " files or ", limits_.max_total_bytes, " bytes"),
            kLimitExceeded);
      return;
    }
    scan_.files.push_back({path, state, is_known_(path, state)});
  }

  void Fault(const std::string& path, std::string message,
             absl::string_view code = kUnreadableFile) {
    scan_.faults.push_back(
        FaultOf(path.empty() ? dir_ : path, std::move(message), code));
  }

  const std::string& dir_;
  const std::string base_path_;
  const int base_;
  const RegistryLimits& limits_;
  const std::set<std::string, std::less<>>& also_;
  const std::function<bool(const std::string&, const FileState&)>& is_known_;
  std::uint64_t total_bytes_ = 0;
  bool over_limit_ = false;
  DirectoryScan scan_;
};

}  // namespace

DirectoryScan DirectoryReader::List(
    const std::set<std::string, std::less<>>& also,
    const std::function<bool(const std::string&, const FileState&)>& is_known) {
  FileDescriptor outer(open(dir_.c_str(), O_DIRECTORY | O_CLOEXEC));
  if (!outer.ok()) {
    DirectoryScan scan;
    scan.faults.push_back(FaultOf(
        dir_, absl::StrCat("cannot open the directory: ", strerror(errno))));
    return scan;
  }
  std::vector<std::string> directories = {dir_};
  base_path_ = dir_;
  base_ = FileDescriptor(
      openat(outer.get(), kKubernetesData, O_DIRECTORY | O_CLOEXEC));
  if (base_.ok()) {
    base_path_ = absl::StrCat(dir_, "/", kKubernetesData);
    directories.push_back(base_path_);
  } else {
    base_ = std::move(outer);
  }
  DirectoryScan scan =
      Lister(dir_, base_path_, base_.get(), limits_, also, is_known).ListAll();
  scan.directories.insert(scan.directories.begin(), directories.begin(),
                          directories.end());
  return scan;
}

DirectoryScan DirectoryReader::ListOnly(const std::vector<std::string>& names) {
  base_path_ = dir_;
  base_ = FileDescriptor(open(dir_.c_str(), O_DIRECTORY | O_CLOEXEC));
  if (!base_.ok()) {
    DirectoryScan scan;
    scan.stable = false;
    return scan;
  }
  const auto none_is_known = [](const std::string&, const FileState&) {
    return false;
  };
  return Lister(dir_, base_path_, base_.get(), limits_, {}, none_is_known)
      .ListOnly(names);
}

FileText DirectoryReader::Read(const ScannedFile& file) const {
  FileText read;
  const FileDescriptor fd =
      OpenBeneath(base_.get(), file.name, FollowLinks::kBeneath);
  if (!fd.ok()) {
    read.stable = errno != ENOENT && errno != EXDEV && errno != ELOOP;
    if (read.stable) {
      read.fault = absl::StrCat("cannot open: ", strerror(errno));
    }
    return read;
  }
  std::string& text = read.text;
  // What the JSON reader adds must not make it copy the whole.
  text.reserve(file.state.size + kTextPadding);
  AskForLargePages(text);
  text.resize(file.state.size);
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t got = pread(fd.get(), text.data() + at, text.size() - at,
                              static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    at += static_cast<std::size_t>(got);
  }
  struct stat after {};
  read.stable = at == text.size() && fstat(fd.get(), &after) == 0 &&
                SameIdentity(StateOf(after), file.state);
  return read;
}

// The base may have been swapped for another while it was read.
bool DirectoryReader::IsStillThere() const {
  if (!base_.ok()) return true;  // which is a fault already
  struct stat now {};
  struct stat read {};
  return stat(base_path_.c_str(), &now) == 0 &&
         fstat(base_.get(), &read) == 0 && now.st_dev == read.st_dev &&
         now.st_ino == read.st_ino;
}

}  // namespace rolegate
