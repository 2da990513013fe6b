#include "service/base/machine_limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {
namespace {

// Descriptors that are no connections of callers: a registry's folders while
// they are read, by several threads; inotify; the audit log; requests for keys;
// what a transport has for itself; and the few connections of operators.
constexpr std::size_t kReserved = 192;

// More connections than this need to be asked for.
constexpr std::size_t kMostByDefault = 8'192;
constexpr std::size_t kMostHealth = 64;
constexpr std::size_t kMostOperations = 32;
constexpr std::size_t kLeast = 8;

// Version 1 writes "no limit" as a number near 2^63.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

std::string ReadText(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The limits of a control group and of those that it is in: `file` in each
// folder from `mount` + `group` up to `mount`.  Inside a container the group's
// path may be the machine's and not be there; then the mount alone is.
std::uint64_t LeastLimit(const std::string& mount, absl::string_view group,
                         absl::string_view file) {
  std::uint64_t least = kNoLimit;
  for (;;) {
    std::uint64_t limit = 0;
    if (absl::SimpleAtoi(ReadText(absl::StrCat(mount, group, "/", file)),
                         &limit)) {
      least = std::min(least, limit);
    }
    if (group.empty()) return least;
    const std::size_t slash = group.rfind('/');
    group = slash == absl::string_view::npos ? "" : group.substr(0, slash);
  }
}

}  // namespace

std::size_t DescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<int>::max();
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
      limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  return DescriptorLimit();
}

std::optional<std::uint64_t> MemoryLimit(const std::string& root) {
  std::uint64_t least = kNoLimit;
  const std::string groups = ReadText(absl::StrCat(root, "/proc/self/cgroup"));
  for (const absl::string_view line : absl::StrSplit(groups, '\n')) {
    // `0::/path` in version 2, `5:cpu,memory:/path` in version 1.
    const std::vector<absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    if (parts[0] == "0" && parts[1].empty()) {
      least = std::min(least, LeastLimit(absl::StrCat(root, "/sys/fs/cgroup"),
                                         parts[2], "memory.max"));
    }
    const std::vector<absl::string_view> controllers =
        absl::StrSplit(parts[1], ',');
    if (std::count(controllers.begin(), controllers.end(), "memory") > 0) {
      least = std::min(least,
                       LeastLimit(absl::StrCat(root, "/sys/fs/cgroup/memory"),
                                  parts[2], "memory.limit_in_bytes"));
    }
  }
  if (least == kNoLimit) return std::nullopt;
  return least;
}

std::uint64_t ResidentMemory() {
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

bool IsLargeFile(std::uint64_t bytes, std::optional<std::uint64_t> memory) {
  return memory.has_value() && bytes > *memory / 4;
}

ConnectionCaps CapsOfConnections(std::size_t configured,
                                 std::size_t descriptors,
                                 std::optional<std::uint64_t> memory) {
  const std::size_t reserved = std::min(kReserved, descriptors / 2);
  // A connection that is shut down keeps its descriptor for a moment.
  std::size_t all = (descriptors - reserved) / 9 * 8;
  const std::size_t health = std::clamp(all / 8, kLeast, kMostHealth);
  const std::size_t operations = std::min(kMostOperations, all / 16 + 1);
  all -= std::min(all, health);
  if (configured == 0) all = std::min(all, kMostByDefault);
  if (configured == 0 && memory.has_value()) {
    all = std::min<std::uint64_t>(all, *memory / 4 / kConnectionBytes);
  }
  if (configured != 0) all = std::min(all, configured);
  return {std::max(all, kLeast), health, operations};
}

}  // namespace rolegate::service
