// Follows a log that somebody writes, as `tail -F` does.

#ifndef ROLEGATE_CLIENT_CLI_LOG_FOLLOWER_H_
#define ROLEGATE_CLIENT_CLI_LOG_FOLLOWER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/log_reader.h"

namespace rolegate::cli {

// Reads a file from near its end, and what is written behind it: also after the
// file was renamed and a new one of its name began, and after it was cut off.
// Looks when it is asked, and so needs nothing of the system that a network's
// file system lacks.  Not thread-safe.
class LogFollower {
 public:
  // Opens the file before its last `lines` lines.  The error names the file.
  static absl::StatusOr<std::unique_ptr<LogFollower>> Open(
      const std::string& path, std::size_t lines);
  ~LogFollower();

  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  // Takes the next whole line.  False if there is none yet.  `line->number` is
  // not the line's but the byte's at which it begins.
  bool Next(LogLine* line);

  // Takes what stands behind the last line end, for a log that is not followed.
  bool TakeRest(LogLine* line);

  // Whether Next began at the start of a file since this was last called, for
  // that was cut off.
  bool WasTruncated();

 private:
  LogFollower(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  void SkipTo(std::size_t lines);
  bool Fill();
  // Goes on with the file that has the name now, if it is another one.
  bool Reopen();
  bool TakeLine(LogLine* line);

  const std::string path_;
  int fd_;
  std::uint64_t at_ = 0;      // in the file, behind `waiting_`
  std::string waiting_;       // bytes that are no whole line yet
  std::size_t taken_ = 0;     // bytes of `waiting_` that were handed out
  std::size_t searched_ = 0;  // bytes of `waiting_` without a line end
  bool is_skipping_ = false;  // a line that is too long
  bool was_truncated_ = false;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_LOG_FOLLOWER_H_
