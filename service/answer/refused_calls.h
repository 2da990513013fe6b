// Tells operators of calls that were refused before anything was decided:
// because nobody knows who is calling, or because of load and limits.
//
// Strangers cause such refusals as often as they like.  Therefore only the
// first few of a peer are told one by one.  The others are counted, and their
// sum is told every ten seconds.

#ifndef ROLEGATE_SERVICE_ANSWER_REFUSED_CALLS_H_
#define ROLEGATE_SERVICE_ANSWER_REFUSED_CALLS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/sts/api_error.h"
#include "service/audit/audit_log.h"
#include "service/audit/audit_record.h"
#include "service/base/log.h"
#include "service/base/monotonic.h"

namespace rolegate::service {

// Thread-safe.  Its memory and what it writes are bounded, whoever calls.
class RefusedCalls {
 public:
  // How long refusals are counted before their sum is told.
  static constexpr absl::Duration kInterval = absl::Seconds(10);
  // How many different refusals of one peer are told one by one meanwhile.
  static constexpr std::size_t kToldOneByOne = 4;
  // Refusals of more peers than these are counted together, as those of
  // `kOthers`.
  static constexpr std::size_t kMaxPeers = 64;
  static constexpr absl::string_view kOthers = "others";

  // `audit` may be null.  Both must outlive it.
  RefusedCalls(Logger* log, AuditLog* audit) : log_(log), audit_(audit) {}

  struct Refused {
    const ApiError& error;
    absl::string_view peer;      // whom limits count
    absl::string_view listener;  // its address as it was set
  };

  // Nobody knows who is calling.  `record` makes the call's audit record, and
  // is called only for a refusal that is told by itself.
  void AddUnknownCaller(const Refused& refused, absl::Time now,
                        absl::FunctionRef<AuditRecord()> record);
  // Load or a limit is in the way of `caller`, who may be unknown.  `trace_id`
  // is called as `record` is.
  void AddLimited(const Refused& refused, absl::string_view caller,
                  absl::Time now, absl::FunctionRef<std::string()> trace_id);

  // Tells the sums of all intervals that have ended, or of `all`.  To be called
  // every second or so.
  void TellSums(MonotonicTime now, bool all = false);

 private:
  enum class Why : std::uint8_t { kUnknownCaller, kLimit };

  // The refusals of one peer within an interval.
  struct Counted {
    MonotonicTime since;
    std::string peer;
    std::string listener;
    std::array<std::size_t, kToldOneByOne> told = {};  // hashes of messages
    std::size_t told_count = 0;
    // Those that were not told.
    std::uint64_t untold = 0;
    absl::Time first;
    absl::Time last;
    ErrorCode code = ErrorCode::kInternalFailure;  // of the last
    std::string message;
  };
  using Table = absl::flat_hash_map<std::string, Counted>;

  // Whether to tell it by itself; counts it if not.
  bool Count(Why why, const Refused& refused, absl::Time now);
  void TellSum(Why why, const Counted& counted);

  Logger* const log_;
  AuditLog* const audit_;
  absl::Mutex mu_;
  std::array<Table, 2> tables_ ABSL_GUARDED_BY(mu_);  // by Why
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_REFUSED_CALLS_H_
