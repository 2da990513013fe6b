#include "service/metrics/call_metrics.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace rolegate::service {
namespace {

// The names of gRPC's codes, in the order of their numbers.
constexpr std::array<absl::string_view, 17> kCodes = {"OK",
                                                      "CANCELLED",
                                                      "UNKNOWN",
                                                      "INVALID_ARGUMENT",
                                                      "DEADLINE_EXCEEDED",
                                                      "NOT_FOUND",
                                                      "ALREADY_EXISTS",
                                                      "PERMISSION_DENIED",
                                                      "RESOURCE_EXHAUSTED",
                                                      "FAILED_PRECONDITION",
                                                      "ABORTED",
                                                      "OUT_OF_RANGE",
                                                      "UNIMPLEMENTED",
                                                      "INTERNAL",
                                                      "UNAVAILABLE",
                                                      "DATA_LOSS",
                                                      "UNAUTHENTICATED"};

constexpr std::array<absl::string_view, 8> kReasons = {
    "no_allow",          "explicit_deny",       "allowed",
    "limited",           "root_may_not_assume", "missing_policy",
    "foreign_presenter", "budget_exceeded"};
static_assert(static_cast<std::size_t>(Reason::kBudgetExceeded) + 1 ==
              kReasons.size());

constexpr std::size_t kVerdicts = 3;

// Upper bounds of the histogram, in microseconds: an Authorize takes tens of
// them, a budget ends a call after some ten thousand, and identity providers
// are waited for longer.
constexpr std::array<std::int64_t, 14> kBounds = {
    10,    25,     50,     100,     250,       500,       1'000,
    2'500, 10'000, 50'000, 250'000, 1'000'000, 5'000'000, 30'000'000};

// Counters of a method and a code: one for each bucket, one for what lies above
// them, and the sum in nanoseconds.
constexpr std::size_t kAbove = kBounds.size();
constexpr std::size_t kNanoseconds = kAbove + 1;
constexpr std::size_t kCountersOfCall = kNanoseconds + 1;

std::size_t BucketOf(std::int64_t microseconds) {
  return static_cast<std::size_t>(
      std::lower_bound(kBounds.begin(), kBounds.end(), microseconds) -
      kBounds.begin());
}

std::size_t CallCounter(std::size_t method, std::size_t code) {
  return (method * kCodes.size() + code) * kCountersOfCall;
}

absl::string_view NameOf(absl::Span<const absl::string_view> methods,
                         std::size_t method) {
  if (method == CallMetrics::kStreamMessage) return "AuthorizeStream";
  return method < methods.size() ? methods[method] : "";
}

std::size_t DecisionCounter(Verdict verdict, Layer layer, Reason reason) {
  return (static_cast<std::size_t>(verdict) * kLayerCount +
          static_cast<std::size_t>(layer)) *
             kReasons.size() +
         static_cast<std::size_t>(reason);
}

}  // namespace

absl::string_view ReasonLabel(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

CallMetrics::CallMetrics()
    : calls_(kMaxMethods * kCodes.size() * kCountersOfCall),
      errors_(kMaxMethods * kErrors.size()),
      decisions_(kVerdicts * kLayerCount * kReasons.size()) {}

void CallMetrics::CountCall(std::size_t method, absl::StatusCode code,
                            std::optional<ErrorCode> error,
                            absl::Duration took) {
  const std::int64_t nanoseconds =
      std::max<std::int64_t>(absl::ToInt64Nanoseconds(took), 0);
  const std::size_t first = CallCounter(method, static_cast<std::size_t>(code));
  calls_.Add(first + BucketOf((nanoseconds + 999) / 1'000));
  calls_.Add(first + kNanoseconds, static_cast<std::uint64_t>(nanoseconds));
  if (error.has_value()) {
    errors_.Add(method * kErrors.size() + static_cast<std::size_t>(*error));
  }
}

void CallMetrics::CountDecision(const Decision& decision) {
  decisions_.Add(
      DecisionCounter(decision.verdict, decision.layer, decision.reason));
}

void CallMetrics::CollectInto(Names methods, MetricFamilies* families) const {
  CollectCalls(methods, families);
  CollectErrors(methods, families);
  CollectDecisions(families);
}

void CallMetrics::CollectCalls(Names methods, MetricFamilies* families) const {
  families->BeginHistogram(
      "rolegate_rpc_duration_seconds",
      "Calls that were answered, by method and gRPC code, and how long the "
      "answers took");
  for (std::size_t method = 0; method < kMaxMethods; ++method) {
    const absl::string_view name = NameOf(methods, method);
    if (name.empty()) continue;
    for (std::size_t code = 0; code < kCodes.size(); ++code) {
      const std::size_t first = CallCounter(method, code);
      prometheus::ClientMetric::Histogram histogram;
      for (std::size_t i = 0; i <= kAbove; ++i) {
        histogram.sample_count += calls_.Sum(first + i);
        histogram.bucket.push_back(
            {histogram.sample_count,
             i == kAbove ? std::numeric_limits<double>::infinity()
                         : static_cast<double>(kBounds[i]) / 1e6});
      }
      // What has not happened is no series, except that a method is served.
      if (histogram.sample_count == 0 && code != 0) continue;
      histogram.sample_sum =
          static_cast<double>(calls_.Sum(first + kNanoseconds)) / 1e9;
      families->Add(std::move(histogram),
                    {{"method", name}, {"code", kCodes[code]}});
    }
  }
}

void CallMetrics::CollectErrors(Names methods, MetricFamilies* families) const {
  families->BeginCounter("rolegate_errors_total",
                         "Calls that were refused or failed, by method and by "
                         "the name of the error");
  for (std::size_t method = 0; method < kMaxMethods; ++method) {
    const absl::string_view name = NameOf(methods, method);
    if (name.empty()) continue;
    for (std::size_t error = 0; error < kErrors.size(); ++error) {
      const std::uint64_t count = errors_.Sum(method * kErrors.size() + error);
      if (count == 0) continue;
      families->Add(static_cast<double>(count),
                    {{"method", name}, {"error", kErrors[error].name}});
    }
  }
}

void CallMetrics::CollectDecisions(MetricFamilies* families) const {
  families->BeginCounter("rolegate_decisions_total",
                         "Checks that were decided, by outcome, and by the "
                         "layer and the reason that settled it");
  for (const Verdict verdict :
       {Verdict::kAllow, Verdict::kExplicitDeny, Verdict::kImplicitDeny}) {
    for (std::size_t layer = 0; layer < kLayerCount; ++layer) {
      for (std::size_t reason = 0; reason < kReasons.size(); ++reason) {
        const std::uint64_t count = decisions_.Sum(DecisionCounter(
            verdict, static_cast<Layer>(layer), static_cast<Reason>(reason)));
        if (count == 0) continue;
        families->Add(static_cast<double>(count),
                      {{"decision", VerdictName(verdict)},
                       {"layer", LayerName(static_cast<Layer>(layer))},
                       {"reason", kReasons[reason]}});
      }
    }
  }
}

}  // namespace rolegate::service
