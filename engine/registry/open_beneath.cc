#include "engine/registry/open_beneath.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rolegate {
namespace {

// A fifo must not hold up its reader.
constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;

// Returns the path of an open file; empty if nobody knows.
std::string PathOf(int fd) {
  std::array<char, PATH_MAX> path;
  const ssize_t size = readlink(absl::StrCat("/proc/self/fd/", fd).c_str(),
                                path.data(), path.size());
  if (size <= 0 || static_cast<std::size_t>(size) == path.size()) return "";
  return std::string(path.data(), static_cast<std::size_t>(size));
}

}  // namespace

FileDescriptor OpenBeneath(int base, const std::string& path,
                           FollowLinks links) {
  open_how how{};
  how.flags = kFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (links == FollowLinks::kNone) how.resolve |= RESOLVE_NO_SYMLINKS;
  const auto fd = static_cast<int>(
      syscall(SYS_openat2, base, path.c_str(), &how, sizeof(how)));
  // A seccomp filter that does not know the call answers EPERM.
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
    return OpenBeneathByProc(base, path, links);
  }
  return FileDescriptor(fd);
}

FileDescriptor OpenBeneathByProc(int base, const std::string& path,
                                 FollowLinks links) {
  FileDescriptor fd(openat(base, path.c_str(), kFlags));
  if (!fd.ok()) return fd;
  const std::string folder = PathOf(base);
  const std::string found = PathOf(fd.get());
  const std::string prefix = folder == "/" ? folder : absl::StrCat(folder, "/");
  const bool inside = links == FollowLinks::kNone
                          ? found == absl::StrCat(prefix, path)
                          : absl::StartsWith(found, prefix);
  if (!folder.empty() && inside) return fd;
  fd = FileDescriptor();
  errno = EXDEV;
  return FileDescriptor();
}

std::string PathBeneath(int base, int fd) {
  const std::string folder = PathOf(base);
  const std::string found = PathOf(fd);
  const std::string prefix = folder == "/" ? folder : absl::StrCat(folder, "/");
  if (folder.empty() || !absl::StartsWith(found, prefix)) return "";
  return found.substr(prefix.size());
}

}  // namespace rolegate
