#include "client/cli/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/text/printable.h"

namespace rolegate::cli {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;
constexpr unsigned kPackedBytes = 64 << 10;
constexpr char kGzip = '\x1f';  // begins what gzip packed

absl::Status CannotOpen(const std::string& name, int error) {
  const std::string message =
      absl::StrCat(Printable(name), ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message)
                         : absl::UnavailableError(message);
}

// Whether `fd` is a pipe and what comes first in it, which stays there, is not
// packed.  zlib fills its buffer before it hands anything on, and so nobody
// would see the lines of a pipe as they come.
bool IsPlainPipe(int fd) {
  struct stat status {};
  int peek[2];
  if (fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode) ||
      pipe2(peek, O_CLOEXEC) != 0) {
    return false;
  }
  char first = kGzip;
  const bool is_plain = tee(fd, peek[1], 1, 0) == 1 &&
                        read(peek[0], &first, 1) == 1 && first != kGzip;
  close(peek[0]);
  close(peek[1]);
  return is_plain;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> LogReader::Open(
    const std::string& name) {
  const bool is_stdin = name == "-";
  const int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                          : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return CannotOpen(is_stdin ? "standard input" : name, errno);
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(name), ": is a directory, expected a log"));
  }
  const int pipe = IsPlainPipe(fd) ? fd : -1;
  // zlib hands on what is not packed as it is.
  gzFile_s* const file = gzdopen(fd, "rb");
  if (file == nullptr) {
    close(fd);
    return CannotOpen(name, ENOMEM);
  }
  gzbuffer(file, kPackedBytes);
  return std::unique_ptr<LogReader>(
      new LogReader(is_stdin ? "standard input" : Printable(name), file, pipe));
}

LogReader::LogReader(std::string name, gzFile_s* file, int pipe)
    : name_(std::move(name)), file_(file), pipe_(pipe), buffer_(kBufferBytes) {}

LogReader::~LogReader() { gzclose(file_); }

bool LogReader::FillFromPipe() {
  ssize_t read = 0;
  do {
    read = ::read(pipe_, buffer_.data(), buffer_.size());
  } while (read < 0 && errno == EINTR);
  if (read < 0) {
    status_ = absl::UnavailableError(
        absl::StrCat(name_, ": cannot be read behind line ", lines_, ": ",
                     std::strerror(errno)));
    return false;
  }
  at_ = 0;
  end_ = static_cast<std::size_t>(read);
  return read > 0;
}

bool LogReader::Fill() {
  if (!status_.ok()) return false;
  if (pipe_ >= 0) return FillFromPipe();
  const int read =
      gzread(file_, buffer_.data(), static_cast<unsigned>(buffer_.size()));
  int code = Z_OK;
  const char* const message = gzerror(file_, &code);
  if (read < 0 || (read == 0 && code != Z_OK && code != Z_STREAM_END)) {
    status_ = absl::UnavailableError(absl::StrCat(
        name_, ": cannot be read behind line ", lines_, ": ",
        code == Z_ERRNO ? std::strerror(errno) : Printable(message)));
    return false;
  }
  at_ = 0;
  end_ = static_cast<std::size_t>(read);
  return read > 0;
}

bool LogReader::Next(LogLine* line) {
  line->text.clear();
  line->is_too_long = false;
  line->is_unterminated = false;
  bool began = false;
  for (;;) {
    if (at_ == end_ && !Fill()) {
      if (!began) return false;
      line->is_unterminated = true;
      break;
    }
    if (!began) line->number = ++lines_;
    began = true;
    const char* const begin = buffer_.data() + at_;
    const auto* const newline =
        static_cast<const char*>(std::memchr(begin, '\n', end_ - at_));
    const std::size_t size = newline == nullptr
                                 ? end_ - at_
                                 : static_cast<std::size_t>(newline - begin);
    at_ += size + (newline == nullptr ? 0 : 1);
    if (!line->is_too_long && line->text.size() + size > kMaxLogLine) {
      line->is_too_long = true;
      line->text = std::string();
    }
    if (!line->is_too_long) line->text.append(begin, size);
    if (newline != nullptr) break;
  }
  return true;
}

}  // namespace rolegate::cli
