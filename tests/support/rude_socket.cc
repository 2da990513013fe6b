#include "tests/support/rude_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace rolegate::testing {
namespace {

sockaddr_in TcpAddress(const std::string& host, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

template <typename Address>
bool Connect(int fd, const Address& to) {
  return connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
}

}  // namespace

FileDescriptor ConnectFrom(const std::string& server,
                           const std::string& source) {
  absl::string_view path = server;
  const bool local = absl::ConsumePrefix(&path, "unix:");
  FileDescriptor fd(
      socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // A server that reads no more must not hold up the test.
  const timeval timeout = {.tv_sec = 2, .tv_usec = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  if (local) {
    sockaddr_un to = {};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof(to.sun_path) - 1);
    if (!Connect(fd.get(), to)) return FileDescriptor();
    return fd;
  }
  if (!source.empty()) {
    const sockaddr_in from = TcpAddress(source, 0);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&from),
             sizeof(from)) != 0) {
      return FileDescriptor();
    }
  }
  const std::size_t colon = server.rfind(':');
  const int port = std::atoi(server.c_str() + colon + 1);
  if (!Connect(fd.get(), TcpAddress(server.substr(0, colon), port))) {
    return FileDescriptor();
  }
  return fd;
}

std::string GrpcMessage(absl::string_view bytes, std::uint32_t claimed) {
  std::string text(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += static_cast<char>(claimed >> shift);
  }
  return absl::StrCat(text, bytes);
}

}  // namespace rolegate::testing
