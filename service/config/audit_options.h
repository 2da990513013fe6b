// Settings of the audit log.

#ifndef ROLEGATE_SERVICE_CONFIG_AUDIT_OPTIONS_H_
#define ROLEGATE_SERVICE_CONFIG_AUDIT_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace rolegate::service {

enum class AuditDecisions : std::uint8_t { kAll, kDenied };

enum class AuditFormat : std::uint8_t { kRolegate, kCloudTrail };

struct AuditOptions {
  std::string path;  // "stdout" or a file; empty: no audit log
  AuditFormat format = AuditFormat::kRolegate;
  AuditDecisions decisions = AuditDecisions::kAll;
  // The share of decisions that allow that is written: 0 to 1.
  double sample_allows = 1;
  std::vector<std::string> masks;  // JSON pointers; as they are set
  // The log begins a new file once the old one has so many bytes, or is so old;
  // 0: it does not.  It keeps the newest `max_files` old ones.
  std::uint64_t max_file_bytes = 0;
  absl::Duration max_file_age;
  std::uint64_t max_files = 10;
  std::uint64_t max_queue_records = 65'536;
  std::uint64_t max_queue_bytes = std::uint64_t{64} << 20;
  absl::Duration flush_timeout = absl::Seconds(5);
  // Whether calls are refused while their records cannot be written.
  bool fail_closed = false;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_AUDIT_OPTIONS_H_
