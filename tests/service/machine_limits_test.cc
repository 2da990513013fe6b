// What the machine allows, and what follows for connections.

#include "service/base/machine_limits.h"

#include <limits>

#include "gtest/gtest.h"
#include "service/net/connection_table.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

TEST(MachineLimits, MemoryLimitOfControlGroups) {
  const struct {
    const char* description;
    const char* groups;  // /proc/self/cgroup
    std::vector<std::pair<const char*, const char*>> files;
    std::optional<std::uint64_t> limit;
  } kCases[] = {
      {"no control groups", "", {}, std::nullopt},
      {"version 2, in a container of its own name space",
       "0::/\n",
       {{"memory.max", "536870912\n"}},
       512 * kMiB},
      {"version 2, no limit",
       "0::/\n",
       {{"memory.max", "max\n"}},
       std::nullopt},
      {"version 2, a limit above",
       "0::/pods/one\n",
       {{"pods/one/memory.max", "max\n"}, {"pods/memory.max", "1048576\n"}},
       kMiB},
      {"version 2, the least of both",
       "0::/pods/one\n",
       {{"pods/one/memory.max", "2097152\n"}, {"pods/memory.max", "4194304\n"}},
       2 * kMiB},
      {"version 1",
       "5:cpu,cpuacct:/a\n4:memory:/a\n",
       {{"memory/a/memory.limit_in_bytes", "1048576\n"}},
       kMiB},
      {"version 1, with the machine's path inside a container",
       "4:memory:/docker/0123\n",
       {{"memory/memory.limit_in_bytes", "1048576\n"}},
       kMiB},
      {"version 1, no limit",
       "4:memory:/\n",
       {{"memory/memory.limit_in_bytes", "9223372036854771712\n"}},
       std::nullopt},
      {"both versions",
       "4:memory:/a\n0::/\n",
       {{"memory/a/memory.limit_in_bytes", "1048576\n"}},
       kMiB},
      {"nonsense",
       "0::\nx\n4:memory\n",
       {{"memory.max", "-1\n"}},
       std::nullopt},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    testing::TempDir dir;
    dir.Write("proc/self/cgroup", c.groups);
    for (const auto& [name, text] : c.files) {
      dir.Write(std::string("sys/fs/cgroup/") + name, text);
    }
    EXPECT_EQ(MemoryLimit(dir.path()), c.limit);
  }
}

TEST(MachineLimits, CapsOfConnections) {
  constexpr std::size_t kMany = std::numeric_limits<int>::max();
  const struct {
    const char* description;
    std::size_t configured;
    std::size_t descriptors;
    std::optional<std::uint64_t> memory;
    std::size_t api;
    std::size_t health;
    std::size_t operations;
  } kCases[] = {
      {"a usual limit", 0, 1024, std::nullopt, 672, 64, 32},
      {"a large limit", 0, 65536, std::nullopt, 8192, 64, 32},
      {"no limit at all", 0, kMany, std::nullopt, 8192, 64, 32},
      {"more are asked for", 50'000, 65536, std::nullopt, 50'000, 64, 32},
      {"more than there can be", 90'000, 65536, std::nullopt, 58'016, 64, 32},
      {"fewer are asked for", 100, 65536, std::nullopt, 100, 64, 32},
      {"little memory", 0, 65536, 256 * kMiB, 1024, 64, 32},
      {"asked for in spite of it", 5000, 65536, 256 * kMiB, 5000, 64, 32},
      {"hardly any descriptors", 0, 64, std::nullopt, 16, 8, 2},
      {"hardly any memory", 0, 1024, kMiB, 8, 64, 32},
  };
  for (const auto& c : kCases) {
    const ConnectionCaps caps =
        CapsOfConnections(c.configured, c.descriptors, c.memory);
    EXPECT_EQ(caps.api, c.api) << c.description;
    EXPECT_EQ(caps.health, c.health) << c.description;
    EXPECT_EQ(caps.operations, c.operations) << c.description;
  }
}

TEST(MachineLimits, DescriptorsAreLeftForOtherThings) {
  for (const std::size_t limit : {256, 1024, 4096, 20'000, 1'048'576}) {
    const ConnectionCaps caps =
        CapsOfConnections(1'000'000, limit, std::nullopt);
    EXPECT_LE(ConnectionTable::MaxDescriptors(caps.api) +
                  ConnectionTable::MaxDescriptors(caps.health) +
                  ConnectionTable::MaxDescriptors(caps.operations) + 100,
              limit);
  }
}

TEST(MachineLimits, AFileIsLargeFromAQuarterOfTheMemoryOn) {
  EXPECT_FALSE(IsLargeFile(1024 * kMiB, std::nullopt));
  EXPECT_FALSE(IsLargeFile(1024 * kMiB, 4096 * kMiB));
  EXPECT_TRUE(IsLargeFile(1024 * kMiB + 1, 4096 * kMiB));
  EXPECT_TRUE(IsLargeFile(1024 * kMiB, 512 * kMiB));
}

TEST(MachineLimits, TheDescriptorLimitIsRaised) {
  const std::size_t raised = RaiseDescriptorLimit();
  EXPECT_GE(raised, 64u);
  EXPECT_EQ(DescriptorLimit(), raised);
  EXPECT_GT(ResidentMemory(), kMiB);
}

}  // namespace
}  // namespace rolegate::service
