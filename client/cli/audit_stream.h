// The records of one or more logs, in the order of their times.

#ifndef ROLEGATE_CLIENT_CLI_AUDIT_STREAM_H_
#define ROLEGATE_CLIENT_CLI_AUDIT_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/audit_entry.h"
#include "client/cli/log_reader.h"

namespace rolegate::cli {

// A record and where it stands.
struct PlacedEntry {
  AuditEntry entry;
  std::string text;        // the line, if the stream keeps it
  absl::string_view file;  // as messages call it
  std::uint64_t line = 0;

  std::string place() const;  // "audit.log:12"
};

// Merges the logs of replicas, and those that a server left when it rotated
// them, so that a session's record comes before what the session asks.  Holds
// one line of each log.  Not thread-safe.
class AuditStream {
 public:
  // Told of each line that is no record, with its place.
  using OnFault =
      std::function<void(absl::string_view place, absl::string_view fault)>;

  explicit AuditStream(OnFault on_fault, bool keeps_text = false)
      : on_fault_(std::move(on_fault)), keeps_text_(keeps_text) {}

  // Opens the logs; `-`, or no name at all, is standard input.  The error says
  // which cannot be opened.
  absl::Status Open(const std::vector<std::string>& names);

  // Takes the next record.  False after the last.
  bool Next(PlacedEntry* entry);

  // What went wrong with a log as a whole: it could not be read to its end, or
  // holds another format.
  const absl::Status& status() const { return status_; }
  std::uint64_t lines() const { return lines_; }
  std::uint64_t faults() const { return faults_; }

 private:
  struct Source {
    std::unique_ptr<LogReader> reader;
    PlacedEntry next;
    bool has_next = false;
  };

  // Reads on to the next record of the log.
  void Advance(Source* source);
  void Tell(const Source& source, std::uint64_t line, absl::string_view fault);

  const OnFault on_fault_;
  const bool keeps_text_;
  std::vector<Source> sources_;
  absl::Status status_;
  std::uint64_t lines_ = 0;
  std::uint64_t faults_ = 0;
};

// Reads a line; messages of the status name its fault.  Nothing for a line that
// is empty.
absl::StatusOr<AuditEntry> ParseLogLine(LogLine line);

// Tells of faults on standard error, the first 20 of them.
class FaultPrinter {
 public:
  void Print(absl::string_view place, absl::string_view fault);
  // Says how many more there were.
  ~FaultPrinter();

 private:
  std::uint64_t count_ = 0;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_AUDIT_STREAM_H_
