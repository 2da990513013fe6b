// Work that threads share is done once, or not at all.

#include "engine/memory/parallel.h"

#include <atomic>
#include <vector>

#include "engine/memory/work_queue.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

TEST(ForEachInParallel, CallsOnceForEach) {
  for (const std::size_t count : {0, 1, 3, 1000}) {
    std::vector<int> calls(count);
    ForEachInParallel(count, 1 + count % 3, [&](std::size_t i) { ++calls[i]; });
    EXPECT_EQ(calls, std::vector<int>(count, 1));
  }
}

TEST(WorkQueue, DoesEachPieceOnce) {
  for (const std::size_t count : {0, 1, 3, 1000}) {
    std::vector<int> calls(count);
    WorkQueue queue(/*worth=*/1 + count % 3);
    for (std::size_t i = 0; i < count; ++i) {
      queue.Add([&calls, i] { ++calls[i]; });
    }
    queue.Finish();
    EXPECT_EQ(calls, std::vector<int>(count, 1));
  }
}

TEST(WorkQueue, EndsWithNothingUnderWay) {
  for (int run = 0; run < 50; ++run) {
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    {
      WorkQueue queue(/*worth=*/2);
      for (int i = 0; i < run; ++i) {
        queue.Add([&] {
          ++begun;
          ++ended;
        });
      }
    }
    EXPECT_EQ(begun, ended);
    EXPECT_LE(ended, run);
  }
}

}  // namespace
}  // namespace rolegate
