// Reads a log line by line, whatever stands in it.

#ifndef ROLEGATE_CLIENT_CLI_LOG_READER_H_
#define ROLEGATE_CLIENT_CLI_LOG_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct gzFile_s;  // zlib's, so that only the source includes it

namespace rolegate::cli {

// The longest line that is read.  The server's own are shorter: a context of
// `limits.max_context_bytes` and the names of one check.
inline constexpr std::size_t kMaxLogLine = std::size_t{16} << 20;

struct LogLine {
  std::string text;              // without the line end
  std::uint64_t number = 0;      // from 1
  bool is_too_long = false;      // `text` is empty
  bool is_unterminated = false;  // nothing ended it, for it is the last
};

// A file, which gzip may have packed, or standard input.  Holds one line and a
// buffer of 256 KiB.  Not thread-safe.
class LogReader {
 public:
  // `name` is a file, or `-` for standard input.  The error names the file:
  // kNotFound or another code of the file system, kInvalidArgument for a
  // directory.
  static absl::StatusOr<std::unique_ptr<LogReader>> Open(
      const std::string& name);
  ~LogReader();

  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // Takes the next line.  False at the end, and when reading fails.
  bool Next(LogLine* line);

  // Says what ended the reading before the end: a file that cannot be read, or
  // packed data that is broken or cut off.
  const absl::Status& status() const { return status_; }

  // How messages call the log: its path, or `standard input`.
  const std::string& name() const { return name_; }

 private:
  LogReader(std::string name, gzFile_s* file, int pipe);
  bool Fill();
  bool FillFromPipe();

  const std::string name_;
  gzFile_s* const file_;
  const int pipe_;  // what `file_` would read, read without it; -1: it reads
  absl::Status status_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_LOG_READER_H_
