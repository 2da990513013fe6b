// What is counted of calls and decisions.

#ifndef ROLEGATE_SERVICE_METRICS_CALL_METRICS_H_
#define ROLEGATE_SERVICE_METRICS_CALL_METRICS_H_

#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/decide/decision.h"
#include "engine/sts/error_code.h"
#include "service/metrics/families.h"
#include "service/metrics/sharded_counters.h"

namespace rolegate::service {

// The name of a reason where people count and trace, such as `no_allow`.
absl::string_view ReasonLabel(Reason reason);

// Thread-safe.  Counting takes no lock and no memory, so that it may stand on
// the way of every answer.  The sets of labels are bounded: nothing that a
// caller chooses is one.
class CallMetrics {
 public:
  // Numbers are below this: the rows of the table of unary methods, and:
  static constexpr std::size_t kMaxMethods = 24;
  // A message of an AuthorizeStream counts as a call.
  static constexpr std::size_t kStreamMessage = kMaxMethods - 1;

  CallMetrics();

  // A call that is answered, and how long that took.  `method`: its number,
  // below kMaxMethods.  `error`: what it was refused with.
  void CountCall(std::size_t method, absl::StatusCode code,
                 std::optional<ErrorCode> error, absl::Duration took);

  // One check of Authorize, BatchAuthorize or AuthorizeStream.
  void CountDecision(const Decision& decision);

  // `methods`: names of unary methods, such as `Authorize`, by their numbers.
  void CollectInto(absl::Span<const absl::string_view> methods,
                   MetricFamilies* families) const;

 private:
  using Names = absl::Span<const absl::string_view>;

  void CollectCalls(Names methods, MetricFamilies* families) const;
  void CollectErrors(Names methods, MetricFamilies* families) const;
  void CollectDecisions(MetricFamilies* families) const;

  ShardedCounters calls_;
  ShardedCounters errors_;
  ShardedCounters decisions_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_METRICS_CALL_METRICS_H_
