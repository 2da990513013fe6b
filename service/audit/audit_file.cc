#include "service/audit/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/audit/old_files.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kStdout = "stdout";
constexpr int kPollMillis = 100;

absl::Status Failed(int error, absl::string_view what, absl::string_view path) {
  const std::string message = absl::StrCat("cannot ", what, " audit log `",
                                           path, "`: ", std::strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case EISDIR:
      return absl::InvalidArgumentError(message);
    default:
      return absl::InternalError(message);
  }
}

bool EndsWithinLine(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  struct stat status;
  char last = '\n';
  const bool torn = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                    status.st_size > 0 &&
                    pread(fd, &last, 1, status.st_size - 1) == 1 &&
                    last != '\n';
  close(fd);
  return torn;
}

// When the file was created; now, if the file system does not know.
absl::Time BirthOf(int fd) {
  struct statx status;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0 ||
      (status.stx_mask & STATX_BTIME) == 0) {
    return absl::Now();
  }
  return absl::FromUnixSeconds(status.stx_btime.tv_sec);
}

}  // namespace

AuditFile::~AuditFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status AuditFile::Check(const std::string& path) {
  if (path == kStdout) return absl::OkStatus();
  constexpr int kFlags =
      O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  int fd = open(path.c_str(), kFlags);
  if (fd < 0 && errno == ENOENT) {
    fd = open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) unlink(path.c_str());
  }
  if (fd < 0) return Failed(errno, "open", path);
  close(fd);
  return absl::OkStatus();
}

absl::Status AuditFile::Open() {
  if (path_ == kStdout && fd_ >= 0) return absl::OkStatus();
  // O_NONBLOCK is for a named pipe that nobody reads; files do not mind.
  const int fd = path_ == kStdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : open(path_.c_str(),
                                         O_WRONLY | O_APPEND | O_CREAT |
                                             O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                                         0600);
  if (fd < 0) return Failed(errno, "open", path_);
  struct stat status;
  if (fstat(fd, &status) != 0) {
    const int error = errno;
    close(fd);
    return Failed(error, "open", path_);
  }
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  regular_ = S_ISREG(status.st_mode);
  size_ = static_cast<std::uint64_t>(status.st_size);
  since_ = BirthOf(fd);
  if (path_ != kStdout && EndsWithinLine(path_)) {
    std::size_t written = 0;
    return Write(
        "\n", [] { return true; }, &written);
  }
  return absl::OkStatus();
}

absl::Status AuditFile::Write(absl::string_view text,
                              const std::function<bool()>& give_up,
                              std::size_t* written) {
  *written = 0;
  while (*written < text.size()) {
    const absl::string_view rest = text.substr(*written);
    std::size_t size = rest.size();
    if (!regular_) {
      // Once poll says so, a pipe takes at least PIPE_BUF bytes at once.
      pollfd ready = {fd_, POLLOUT, 0};
      const int n = poll(&ready, 1, kPollMillis);
      if (n == 0 || (n < 0 && errno == EINTR)) {
        if (give_up()) {
          return absl::CancelledError(
              absl::StrCat("gave up writing audit log `", path_, "`"));
        }
        continue;
      }
      size = std::min<std::size_t>(size, PIPE_BUF);
    }
    const ssize_t n = write(fd_, rest.data(), size);
    if (n < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return Failed(errno, "write", path_);
    }
    *written += static_cast<std::size_t>(n);
    size_ += static_cast<std::uint64_t>(n);
  }
  return absl::OkStatus();
}

absl::Status AuditFile::BeginAnew(absl::Time now) {
  struct stat mine;
  struct stat named;
  const bool in_place =
      fstat(fd_, &mine) == 0 && stat(path_.c_str(), &named) == 0 &&
      mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
  Sync();
  if (in_place) {
    if (absl::Status status = PutAside(path_, now); !status.ok()) return status;
  }
  return Open();
}

void AuditFile::Sync() {
  if (regular_) fdatasync(fd_);
}

}  // namespace rolegate::service
