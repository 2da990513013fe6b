// Work that threads share is done once.

#include "engine/memory/parallel.h"

#include <vector>

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

}  // namespace
}  // namespace rolegate
