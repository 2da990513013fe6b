#include "client/cli/log_follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/text/printable.h"

namespace rolegate::cli {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;

int OpenToRead(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogFollower>> LogFollower::Open(
    const std::string& path, std::size_t lines) {
  const int fd = OpenToRead(path);
  if (fd < 0) {
    return absl::NotFoundError(
        absl::StrCat(Printable(path), ": ", std::strerror(errno)));
  }
  std::unique_ptr<LogFollower> follower(new LogFollower(path, fd));
  follower->SkipTo(lines);
  return follower;
}

LogFollower::~LogFollower() { close(fd_); }

void LogFollower::SkipTo(std::size_t lines) {
  struct stat status {};
  if (fstat(fd_, &status) != 0 || status.st_size <= 0) return;
  auto begin = static_cast<std::uint64_t>(status.st_size);
  at_ = begin;
  std::vector<char> block(kBlock);
  // The line end of the last line begins no line.
  bool is_last = true;
  std::size_t found = 0;
  while (begin > 0) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(begin, kBlock));
    begin -= size;
    const ssize_t read =
        pread(fd_, block.data(), size, static_cast<off_t>(begin));
    if (read != static_cast<ssize_t>(size)) return;
    for (std::size_t i = size; i-- > 0;) {
      if (block[i] == '\n' && !is_last && ++found == lines) {
        at_ = begin + i + 1;
        return;
      }
      if (lines == 0 && block[i] == '\n') {
        at_ = begin + i + 1;
        return;
      }
      is_last = false;
    }
  }
  at_ = 0;
}

bool LogFollower::Fill() {
  char block[kBlock];
  const ssize_t read = pread(fd_, block, kBlock, static_cast<off_t>(at_));
  if (read <= 0) return false;
  at_ += static_cast<std::uint64_t>(read);
  waiting_.append(block, static_cast<std::size_t>(read));
  return true;
}

bool LogFollower::Reopen() {
  struct stat own {};
  struct stat named {};
  if (fstat(fd_, &own) != 0) return false;
  if (static_cast<std::uint64_t>(own.st_size) < at_) {
    // Cut off: what is there now was not read yet.
    at_ = 0;
    waiting_.clear();
    taken_ = searched_ = 0;
    is_skipping_ = false;
    was_truncated_ = true;
    return true;
  }
  if (stat(path_.c_str(), &named) != 0 ||
      (named.st_dev == own.st_dev && named.st_ino == own.st_ino)) {
    return false;
  }
  // The writer had the old file until it made the new one.
  if (Fill()) return true;
  const int fd = OpenToRead(path_);
  if (fd < 0) return false;
  close(fd_);
  fd_ = fd;
  at_ = 0;
  waiting_.clear();
  taken_ = searched_ = 0;
  is_skipping_ = false;
  return true;
}

bool LogFollower::TakeLine(LogLine* line) {
  for (;;) {
    const std::size_t end = waiting_.find('\n', searched_);
    const std::size_t size =
        (end == std::string::npos ? waiting_.size() : end) - taken_;
    const bool is_too_long = is_skipping_ || size > kMaxLogLine;
    if (end == std::string::npos) {
      is_skipping_ = is_too_long;
      waiting_.erase(0, is_too_long ? waiting_.size() : taken_);
      taken_ = 0;
      searched_ = waiting_.size();
      return false;
    }
    line->text = is_too_long ? "" : waiting_.substr(taken_, size);
    line->is_too_long = is_too_long;
    line->is_unterminated = false;
    line->number = at_ - waiting_.size() + taken_;
    is_skipping_ = false;
    taken_ = searched_ = end + 1;
    return true;
  }
}

bool LogFollower::Next(LogLine* line) {
  while (!TakeLine(line)) {
    // A file that has another name now is read to its end before the new one.
    if (!Fill() && !Reopen()) return false;
  }
  return true;
}

bool LogFollower::TakeRest(LogLine* line) {
  // Nothing waits of a line that is too long.
  if (waiting_.size() == taken_ && !is_skipping_) return false;
  line->text = waiting_.substr(taken_);
  line->is_too_long = std::exchange(is_skipping_, false);
  line->is_unterminated = true;
  line->number = at_ - waiting_.size() + taken_;
  waiting_.clear();
  taken_ = searched_ = 0;
  return true;
}

bool LogFollower::WasTruncated() {
  return std::exchange(was_truncated_, false);
}

}  // namespace rolegate::cli
