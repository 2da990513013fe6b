// The sockets of this process, as the table of connections asks for them.

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "engine/registry/file_descriptor.h"
#include "service/net/connection_table.h"

namespace rolegate::service {
namespace {

bool StandsBehind(int fd, std::uint64_t inode) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
         status.st_ino == inode;
}

// The answer is another socket's if the owner closed the descriptor meanwhile.
// That descriptor is about to be forgotten, so the answer matters to nobody.
std::optional<tcp_info> InfoOf(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return std::nullopt;
  }
  return info;
}

class ProcessSockets : public Sockets {
 public:
  bool IsOpen(const SocketId& socket) override {
    return StandsBehind(socket.fd, socket.inode);
  }

  std::optional<absl::Duration> Silence(const SocketId& socket) override {
    const auto info = InfoOf(socket.fd);
    if (!info.has_value()) return std::nullopt;
    return absl::Milliseconds(info->tcpi_last_data_recv);
  }

  void ShutDown(const SocketId& socket) override {
    // The owner may close its descriptor at any moment, and another socket may
    // get the number.  A descriptor of our own stays with what it was made of.
    const FileDescriptor own(fcntl(socket.fd, F_DUPFD_CLOEXEC, 0));
    if (own.ok() && StandsBehind(own.get(), socket.inode)) {
      shutdown(own.get(), SHUT_RDWR);
    }
  }
};

}  // namespace

Sockets* SystemSockets() {
  static auto* const sockets = new ProcessSockets;
  return sockets;
}

}  // namespace rolegate::service
