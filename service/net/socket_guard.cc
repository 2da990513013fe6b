#include "service/net/socket_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace rolegate::service {
namespace {

absl::Status CannotOpen(const std::string& lock, int error) {
  return absl::FailedPreconditionError(absl::StrCat(
      "cannot open lock file `", lock, "`: ", std::strerror(error)));
}

absl::Status Held(const std::string& path) {
  return absl::AlreadyExistsError(
      absl::StrCat("another server listens on socket `", path, "`"));
}

absl::Status CheckDirectory(const std::string& path,
                            const std::string& directory) {
  struct stat status;
  if (stat(directory.c_str(), &status) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot open directory `", directory, "`: ", std::strerror(errno)));
  }
  // With the sticky bit, others can make a socket but not replace this one.
  if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "directory `", directory,
        "` can be written by everybody, so anybody could put "
        "another socket in place of `",
        path, "`: take that permission away, or set the sticky bit"));
  }
  return absl::OkStatus();
}

std::string DirectoryOf(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

absl::Status SocketGuard::Check(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  if (absl::Status status = CheckDirectory(path, directory); !status.ok()) {
    return status;
  }
  const std::string lock = path + ".lock";
  const int fd = open(lock.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    if (errno != ENOENT) return CannotOpen(lock, errno);
    return access(directory.c_str(), W_OK | X_OK) == 0
               ? absl::OkStatus()
               : CannotOpen(lock, errno);
  }
  const bool held = flock(fd, LOCK_EX | LOCK_NB) != 0;
  close(fd);
  return held ? Held(path) : absl::OkStatus();
}

absl::StatusOr<SocketGuard> SocketGuard::Acquire(const std::string& path) {
  if (absl::Status status = CheckDirectory(path, DirectoryOf(path));
      !status.ok()) {
    return status;
  }
  const std::string lock = path + ".lock";
  const int fd =
      open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return CannotOpen(lock, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return Held(path);
  }
  return SocketGuard(fd);
}

SocketGuard::~SocketGuard() {
  if (fd_ >= 0) close(fd_);
}

PrivateUmask::PrivateUmask() : before_(umask(0117)) {}
PrivateUmask::~PrivateUmask() { umask(before_); }

}  // namespace rolegate::service
