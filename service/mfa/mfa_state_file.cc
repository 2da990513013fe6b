#include "service/mfa/mfa_state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/registry/content_digest.h"
#include "service/base/monotonic.h"

namespace rolegate::service {
namespace {

// One line: the header, the four numbers, and a line end that says that the
// line is whole.
constexpr absl::string_view kHeader = "rolegate-mfa 1";
constexpr std::size_t kMaxBytes = 256;
constexpr absl::Duration kLockTimeout = absl::Seconds(2);

absl::Status ErrnoStatus(absl::string_view what, const std::string& path) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, " ", path, ": ", strerror(errno)));
}

absl::Status MakePrivate(const std::string& dir) {
  if (mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoStatus("make", dir);
  }
  struct stat st {};
  if (lstat(dir.c_str(), &st) != 0) return ErrnoStatus("look at", dir);
  if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
      (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(dir,
                     " is not a folder of the server's alone; make it "
                     "its own, with mode 0700"));
  }
  return absl::OkStatus();
}

// The lock file is there for good: a device's state is renamed over, which a
// lock on it would not survive.
absl::StatusOr<FileDescriptor> TakeLock(const std::string& path) {
  const MonotonicTime deadline = MonotonicNow() + ToMonotonic(kLockTimeout);
  for (;;) {
    FileDescriptor fd(
        open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.ok()) return ErrnoStatus("open", path);
    while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        return ErrnoStatus("lock", path);
      }
      if (MonotonicNow() >= deadline) {
        return absl::DeadlineExceededError(
            absl::StrCat(path, " is locked by another"));
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
    // Another process removed the file in the meantime, so the lock is on a
    // file that nobody else sees.
    struct stat held {};
    struct stat named {};
    if (fstat(fd.get(), &held) == 0 && stat(path.c_str(), &named) == 0 &&
        held.st_dev == named.st_dev && held.st_ino == named.st_ino) {
      return fd;
    }
  }
}

}  // namespace

absl::StatusOr<MfaStateFile> MfaStateFile::Lock(
    const std::string& dir, absl::string_view serial_number) {
  if (absl::Status made = MakePrivate(dir); !made.ok()) return made;
  const std::string path =
      absl::StrCat(dir, "/", absl::BytesToHexString(Sha256(serial_number)));
  absl::StatusOr<FileDescriptor> lock = TakeLock(path + ".lock");
  if (!lock.ok()) return lock.status();
  MfaStateFile file(dir, path, *std::move(lock));
  if (absl::Status loaded = file.Load(); !loaded.ok()) return loaded;
  return file;
}

absl::Status MfaStateFile::Load() {
  const FileDescriptor fd(
      open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.ok()) {
    return errno == ENOENT ? absl::OkStatus() : ErrnoStatus("open", path_);
  }
  std::string text(kMaxBytes, '\0');
  const ssize_t size = read(fd.get(), text.data(), text.size());
  if (size < 0) return ErrnoStatus("read", path_);
  absl::string_view line(text.data(), static_cast<std::size_t>(size));
  const bool whole =
      absl::ConsumeSuffix(&line, "\n") && absl::ConsumePrefix(&line, kHeader);
  const std::vector<absl::string_view> numbers =
      absl::StrSplit(line, ' ', absl::SkipEmpty());
  if (!whole || numbers.size() != 4 ||
      !absl::SimpleAtoi(numbers[0], &state_.last_step) ||
      !absl::SimpleAtoi(numbers[1], &state_.failures) ||
      !absl::SimpleAtoi(numbers[2], &state_.locks) ||
      !absl::SimpleAtoi(numbers[3], &state_.locked_at)) {
    return absl::DataLossError(absl::StrCat(path_, " is damaged"));
  }
  return absl::OkStatus();
}

absl::Status MfaStateFile::Save(const MfaDeviceState& state) {
  const std::string temporary = path_ + ".new";
  const std::string line =
      absl::StrCat(kHeader, " ", state.last_step, " ", state.failures, " ",
                   state.locks, " ", state.locked_at, "\n");
  {
    const FileDescriptor fd(
        open(temporary.c_str(),
             O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.ok()) return ErrnoStatus("open", temporary);
    if (write(fd.get(), line.data(), line.size()) !=
            static_cast<ssize_t>(line.size()) ||
        fsync(fd.get()) != 0) {
      return ErrnoStatus("write", temporary);
    }
  }
  if (std::rename(temporary.c_str(), path_.c_str()) != 0) {
    return ErrnoStatus("rename", temporary);
  }
  const FileDescriptor folder(open(dir_.c_str(), O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || fsync(folder.get()) != 0) {
    return ErrnoStatus("sync", dir_);
  }
  state_ = state;
  return absl::OkStatus();
}

}  // namespace rolegate::service
