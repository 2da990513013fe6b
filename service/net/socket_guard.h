// Keeps a Unix socket for one server.

#ifndef ROLEGATE_SERVICE_NET_SOCKET_GUARD_H_
#define ROLEGATE_SERVICE_NET_SOCKET_GUARD_H_

#include <string>

#include "absl/status/statusor.h"

namespace rolegate::service {

// Holds a lock beside a socket (`PATH.lock`).  gRPC takes the path of a socket
// that is in use without asking, and removes it when it ends: two servers must
// not come to that.  Moves only.
class SocketGuard {
 public:
  // kAlreadyExists if another server holds the socket, kFailedPrecondition if
  // its directory may be written by everybody, or not by this server.
  static absl::StatusOr<SocketGuard> Acquire(const std::string& path);

  // Whether Acquire would succeed.  Leaves no file behind.
  static absl::Status Check(const std::string& path);

  SocketGuard(SocketGuard&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  SocketGuard& operator=(SocketGuard&&) = delete;
  ~SocketGuard();

 private:
  explicit SocketGuard(int fd) : fd_(fd) {}
  int fd_;
};

// While it lives, what the process creates is for its user and group alone.
class PrivateUmask {
 public:
  PrivateUmask();
  ~PrivateUmask();
  PrivateUmask(const PrivateUmask&) = delete;
  PrivateUmask& operator=(const PrivateUmask&) = delete;

 private:
  unsigned before_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_SOCKET_GUARD_H_
