// Which traces are taken, and a queue that never grows and never waits.

#include "service/tracing/tracer.h"

#include <set>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

std::unique_ptr<Span> NewSpan(absl::string_view name,
                              bool of_stranger = false) {
  auto span = std::make_unique<Span>();
  span->name = name;
  span->of_stranger = of_stranger;
  return span;
}

int TakeAll(Tracer* tracer) {
  int taken = 0;
  while (tracer->Take() != nullptr) ++taken;
  return taken;
}

TEST(Tracer, TakesThePartOfTracesThatItIsTold) {
  constexpr int kTraces = 20'000;
  for (const double ratio : {0.0, 0.001, 0.1, 0.5, 0.9, 1.0}) {
    const Tracer tracer(ratio, 1);
    int taken = 0;
    for (int i = 0; i < kTraces; ++i) {
      taken += tracer.Takes(Tracer::NewTraceId()) ? 1 : 0;
    }
    // Five standard deviations, and none where there is nothing to chance.
    EXPECT_NEAR(taken, ratio * kTraces,
                5 * std::sqrt(kTraces * ratio * (1 - ratio)))
        << ratio;
  }
}

TEST(Tracer, TakesTheSameTracesWhereverTheRatioIsTheSame) {
  const Tracer one(0.3, 1);
  const Tracer other(0.3, 1);
  const Tracer more(0.4, 1);
  for (int i = 0; i < 10'000; ++i) {
    const TraceId id = Tracer::NewTraceId();
    EXPECT_EQ(one.Takes(id), other.Takes(id));
    if (one.Takes(id)) {
      EXPECT_TRUE(more.Takes(id));
    }
  }
}

TEST(Tracer, NoIdComesTwiceFromAnyThread) {
  std::vector<std::vector<TraceId>> made(4);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (int i = 0; i < 10'000; ++i) ids.push_back(Tracer::NewTraceId());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<TraceId> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 40'000u);
  EXPECT_EQ(all.count(TraceId{}), 0u);
}

TEST(Tracer, HandsSpansOnInTheirOrder) {
  Tracer tracer(1, 10);
  tracer.Add(NewSpan("first"));
  tracer.Add(NewSpan("second"));
  EXPECT_EQ(tracer.waiting(), 2u);
  EXPECT_EQ(tracer.Take()->name, "first");
  EXPECT_EQ(tracer.Take()->name, "second");
  EXPECT_EQ(tracer.Take(), nullptr);
  EXPECT_EQ(tracer.waiting(), 0u);
}

TEST(Tracer, DropsWhatTheQueueDoesNotHold) {
  Tracer tracer(1, 10);
  for (int i = 0; i < 25; ++i) tracer.Add(NewSpan("span"));
  EXPECT_EQ(tracer.waiting(), 10u);
  EXPECT_EQ(tracer.dropped(), 15u);
  EXPECT_EQ(TakeAll(&tracer), 10);
  tracer.Add(NewSpan("there is room again"));
  EXPECT_EQ(TakeAll(&tracer), 1);
}

TEST(Tracer, StrangersKeepNoSpanOfAKnownCallerOut) {
  Tracer tracer(1, 10);
  for (int i = 0; i < 100; ++i) tracer.Add(NewSpan("stranger", true));
  EXPECT_EQ(tracer.waiting(), 5u);
  for (int i = 0; i < 5; ++i) tracer.Add(NewSpan("known"));
  EXPECT_EQ(tracer.dropped(), 95u) << "all of them strangers'";
  EXPECT_EQ(TakeAll(&tracer), 10);
}

TEST(Tracer, LosesNothingThatManyThreadsAddWhileOneTakes) {
  constexpr int kThreads = 4;
  constexpr int kSpans = 20'000;
  Tracer tracer(1, 1000);
  std::atomic<int> adding{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kSpans; ++n) tracer.Add(NewSpan("span"));
      --adding;
    });
  }
  std::uint64_t taken = 0;
  while (adding > 0) taken += static_cast<std::uint64_t>(TakeAll(&tracer));
  for (std::thread& thread : threads) thread.join();
  taken += static_cast<std::uint64_t>(TakeAll(&tracer));
  EXPECT_EQ(taken + tracer.dropped(), std::uint64_t{kThreads} * kSpans);
  EXPECT_EQ(tracer.waiting(), 0u);
}

TEST(Tracer, WakesTheOneThatTakesBeforeTheQueueIsFull) {
  Tracer tracer(1, 10);
  std::thread adder([&] {
    absl::SleepFor(absl::Milliseconds(50));
    for (int i = 0; i < 5; ++i) tracer.Add(NewSpan("span"));
  });
  const absl::Time begin = absl::Now();
  tracer.Wait(absl::Seconds(20));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  adder.join();
}

}  // namespace
}  // namespace rolegate::service
