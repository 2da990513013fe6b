// The audit log: one JSON line for every decision and every AssumeRole, to a
// file or standard output.
//
// Decisions hand over a line and go on.  A thread of the log's own writes, some
// lines at a time, within milliseconds; between the two stands a queue that is
// bounded in records and in bytes.  What cannot be written is tried again; what
// the queue does not take meanwhile is lost: counted, and said in the log
// itself by a line of kind `audit_loss` as soon as it can be written again.
// Losing is preferred to waiting, for a full disk must not stop authorization.

#ifndef ROLEGATE_SERVICE_AUDIT_AUDIT_LOG_H_
#define ROLEGATE_SERVICE_AUDIT_AUDIT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/audit/audit_record.h"
#include "service/base/log.h"
#include "service/config/audit_options.h"

namespace rolegate::service {

struct AuditStats {
  std::uint64_t written = 0;       // records
  std::uint64_t lost_full = 0;     // the queue was full, or the log closed
  std::uint64_t lost_failed = 0;   // not written when the log was closed
  std::uint64_t write_errors = 0;  // attempts that failed
  std::uint64_t queued_records = 0;
  std::uint64_t queued_bytes = 0;
};

// Thread-safe.
class AuditLog {
 public:
  // Whether Open would succeed.  Leaves no file behind, and changes none.
  static absl::Status Check(const AuditOptions& options);

  // Opens the file, which is created with mode 0600 and appended to, and
  // starts the writer.  The error names the path and says what is wrong:
  // kNotFound, kPermissionDenied, kInvalidArgument (a directory) or kInternal.
  // `options.path` must not be empty.  `logger` must outlive the log.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(
      const AuditOptions& options, Logger* logger);

  // Closes within flush_timeout.
  ~AuditLog();

  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Queues the record, or counts it as lost and returns false.  Never waits for
  // the writer.
  bool Write(const AuditRecord& record);

  // The same in two steps, for a record that may be dropped in between.
  struct Line {
    std::string text;
    absl::Time time;
  };
  Line Format(const AuditRecord& record) const;
  bool Write(const Line& line);

  // Whether the last that was written failed, or a record was lost since:
  // nobody knows whether the next one will be kept.  Costs one load.
  bool failing() const;

  // Whether the log is to have an authorize or batch record of that verdict, by
  // `decisions` and `sample_allows`.  To be asked once of each, before the
  // record is made.
  bool Wants(Verdict verdict) const;
  // Which share of the records that allow Wants lets through: 0 to 1.
  double allow_sample_rate() const;

  // Opens the file anew before the next line, for logrotate.  If that fails,
  // the old file is written on and the failure logged.  Returns at once.
  void Reopen();

  // Writes what is queued and ends the writer, at `deadline` at the latest;
  // records left then count as lost.  Returns whether none was.  Records that
  // come later are lost.  Safe to call again.
  bool Close(absl::Time deadline);

  AuditStats stats() const;

 private:
  class Impl;
  explicit AuditLog(std::shared_ptr<Impl> impl);
  void Append(const AuditRecord& record, std::string* out) const;

  std::shared_ptr<Impl> impl_;
  absl::Mutex close_mu_;
  std::thread writer_ ABSL_GUARDED_BY(close_mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_AUDIT_LOG_H_
