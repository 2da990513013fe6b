// The limits that the machine sets for this process.

#ifndef ROLEGATE_SERVICE_BASE_MACHINE_LIMITS_H_
#define ROLEGATE_SERVICE_BASE_MACHINE_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace rolegate::service {

// Raises the limit of open descriptors (RLIMIT_NOFILE) to what the system
// allows at most, and returns the limit that holds then.
std::size_t RaiseDescriptorLimit();

// The limit that holds now.
std::size_t DescriptorLimit();

// The least of the memory limits that control groups set for this process, in
// bytes; nothing if they set none.  Understands both versions of control
// groups.  `root` stands before /proc and /sys, for tests.
std::optional<std::uint64_t> MemoryLimit(const std::string& root = "");

// The memory that this process has in use now, in bytes; 0 if it is not known.
std::uint64_t ResidentMemory();

// Whether a file of this size is more than a quarter of the memory limit:
// reading it takes several times its size.
bool IsLargeFile(std::uint64_t bytes, std::optional<std::uint64_t> memory);

// How many connections may be open at once on the listeners of the API, how
// many on `health_listen`, and how many on `operations_listen`.
struct ConnectionCaps {
  std::size_t api;
  std::size_t health;
  std::size_t operations;
};

// The memory that a connection may take, for an estimate: a TLS connection that
// is idle, with its buffers.
inline constexpr std::uint64_t kConnectionBytes = std::uint64_t{64} << 10;

// The caps that leave descriptors for files, folders, inotify, the audit log
// and requests to others, and keep idle connections from taking more than a
// quarter of the memory limit.  `configured` 0: as many as that gives, else at
// most so many.
ConnectionCaps CapsOfConnections(std::size_t configured,
                                 std::size_t descriptors,
                                 std::optional<std::uint64_t> memory);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_MACHINE_LIMITS_H_
