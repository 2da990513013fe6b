// What is counted, and the text in which it is told.

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/metrics/call_metrics.h"
#include "service/metrics/families.h"
#include "service/metrics/sharded_counters.h"
#include "service/rpc/methods.h"

namespace rolegate::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::string_view kMethods[] = {"Authorize", "AssumeRole"};

std::string TextOf(const CallMetrics& metrics) {
  MetricFamilies families;
  metrics.CollectInto(kMethods, &families);
  return families.ToText();
}

TEST(ShardedCounters, LoseNothingThatThreadsAdd) {
  ShardedCounters counters(3);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&counters] {
      for (int j = 0; j < 10'000; ++j) counters.Add(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters.Sum(1), 80'000u);
  EXPECT_EQ(counters.Sum(0), 0u);
  EXPECT_EQ(counters.Sum(2), 0u);
}

TEST(CallMetrics, PutACallIntoTheBucketsAboveItsDuration) {
  const struct {
    const char* description;
    absl::Duration took;
    const char* below;  // the last bucket without the call
    const char* in;     // the first bucket with it
  } kCases[] = {
      {"a usual Authorize", absl::Microseconds(40), "2.5e-05", "5e-05"},
      {"exactly a bound", absl::Microseconds(50), "2.5e-05", "5e-05"},
      {"a little above it", absl::Nanoseconds(50'001), "5e-05", "0.0001"},
      {"longer than all bounds", absl::Minutes(1), "30", "+Inf"},
      {"a clock that went back", absl::Seconds(-1), "", "1e-05"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    CallMetrics metrics;
    metrics.CountCall(0, absl::StatusCode::kOk, std::nullopt, c.took);
    const std::string text = TextOf(metrics);
    const auto bucket = [](absl::string_view bound, int count) {
      return absl::StrCat(
          "rolegate_rpc_duration_seconds_bucket{method=\"Authorize\","
          "code=\"OK\",le=\"",
          bound, "\"} ", count, "\n");
    };
    EXPECT_THAT(text, HasSubstr(bucket(c.in, 1)));
    if (*c.below != '\0') {
      EXPECT_THAT(text, HasSubstr(bucket(c.below, 0)));
    }
    EXPECT_THAT(text, HasSubstr("rolegate_rpc_duration_seconds_count{method="
                                "\"Authorize\",code=\"OK\"} 1\n"));
  }
}

TEST(CallMetrics, NameErrorsAndCodes) {
  CallMetrics metrics;
  metrics.CountCall(1, absl::StatusCode::kPermissionDenied,
                    ErrorCode::kAccessDenied, absl::Milliseconds(1));
  metrics.CountCall(1, absl::StatusCode::kPermissionDenied,
                    ErrorCode::kAccessDenied, absl::Milliseconds(1));
  const std::string text = TextOf(metrics);
  EXPECT_THAT(text, HasSubstr("rolegate_errors_total{method=\"AssumeRole\","
                              "error=\"AccessDenied\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("rolegate_rpc_duration_seconds_sum{method="
                        "\"AssumeRole\",code=\"PERMISSION_DENIED\"} 0.002\n"));
  // What has not happened has no series, but every method that is served has.
  EXPECT_THAT(text, Not(HasSubstr("code=\"CANCELLED\"")));
  EXPECT_THAT(text, HasSubstr("rolegate_rpc_duration_seconds_count{method="
                              "\"AssumeRole\",code=\"OK\"} 0\n"));
}

TEST(CallMetrics, TellDecisionsByWhatSettledThem) {
  CallMetrics metrics;
  Decision decision;
  decision.verdict = Verdict::kExplicitDeny;
  decision.layer = Layer::kScp;
  decision.reason = Reason::kExplicitDeny;
  metrics.CountDecision(decision);
  EXPECT_THAT(TextOf(metrics),
              HasSubstr("rolegate_decisions_total{decision=\"EXPLICIT_DENY\","
                        "layer=\"scp\",reason=\"explicit_deny\"} 1\n"));
}

TEST(CallMetrics, AreKeptByTheNumbersOfTheTable) {
  for (const Method& method : UnaryMethods()) {
    EXPECT_THAT(std::string(method.path),
                ::testing::EndsWith(
                    absl::StrCat("/", UnaryMethodNames()[method.number])));
  }
  CallMetrics metrics;
  metrics.CountCall(CallMetrics::kStreamMessage, absl::StatusCode::kOk,
                    std::nullopt, absl::ZeroDuration());
  EXPECT_THAT(TextOf(metrics),
              HasSubstr("rolegate_rpc_duration_seconds_count{method="
                        "\"AuthorizeStream\",code=\"OK\"} 1\n"));
}

}  // namespace
}  // namespace rolegate::service
