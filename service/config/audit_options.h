// Settings of the audit log.

#ifndef ROLEGATE_SERVICE_CONFIG_AUDIT_OPTIONS_H_
#define ROLEGATE_SERVICE_CONFIG_AUDIT_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace rolegate::service {

enum class AuditDecisions : std::uint8_t { kAll, kDenied };

struct AuditOptions {
  std::string path;  // "stdout" or a file; empty: no audit log
  AuditDecisions decisions = AuditDecisions::kAll;
  std::uint64_t max_queue_records = 65'536;
  std::uint64_t max_queue_bytes = std::uint64_t{64} << 20;
  absl::Duration flush_timeout = absl::Seconds(5);
  // Whether calls are refused while their records cannot be written.
  bool fail_closed = false;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_AUDIT_OPTIONS_H_
