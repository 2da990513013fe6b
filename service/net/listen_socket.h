// The sockets of one listener, bound and listening.

#ifndef ROLEGATE_SERVICE_NET_LISTEN_SOCKET_H_
#define ROLEGATE_SERVICE_NET_LISTEN_SOCKET_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/registry/file_descriptor.h"
#include "service/config/config.h"
#include "service/config/listen_address.h"

namespace rolegate::service {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(storage);
};

// 0 for a Unix socket.
std::uint16_t PortOf(const sockaddr_storage& address);

// The group that the socket's file is to have, or -1 for the server's own.
// kNotFound if this machine has no such group.
absl::StatusOr<gid_t> GroupOf(const SocketFile& file);

// A name such as `localhost` may stand for several addresses, each with a
// socket of its own.  A wildcard takes both families where the machine has
// both.  Moves only; closes its sockets, and removes a Unix socket's file if
// that is still its own.
class ListenSocket {
 public:
  // `send_timeout`: how long a peer may leave what it was sent unacknowledged
  // before its connection ends (TCP_USER_TIMEOUT).  No address is shared with
  // another server.  kFailedPrecondition if the address is not
  // this machine's, kAlreadyExists if it is in use.  An old file of a Unix
  // socket is replaced: hold its SocketGuard.  Nobody can open the new one
  // before it has the group and mode of `file`.
  static absl::StatusOr<ListenSocket> Open(const ListenAddress& address,
                                           absl::Duration send_timeout,
                                           const SocketFile& file = {});

  // Whether Open would fail for what stands at the path of a Unix socket, or
  // for its group.  Changes nothing.
  static absl::Status CheckFile(const ListenAddress& address,
                                const SocketFile& file);

  ListenSocket(ListenSocket&& other) = default;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  const std::vector<FileDescriptor>& fds() const { return fds_; }

  // Returns the address to which each of its sockets is bound.
  std::vector<SocketAddress> Bound() const;

  // With the port that the system picked.
  const std::string& address() const { return address_; }

 private:
  ListenSocket() = default;
  absl::Status BindUnix(const ListenAddress& address, const SocketFile& file);
  absl::Status BindTcp(const ListenAddress& address,
                       absl::Duration send_timeout);

  std::vector<FileDescriptor> fds_;
  std::string address_;
  // For a Unix socket, the path of its file, and the file as it was when it was
  // made.
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LISTEN_SOCKET_H_
