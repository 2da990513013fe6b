#include "service/http2/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/answer/peer_class.h"
#include "service/base/peer_key.h"
#include "service/identity/incoming_call.h"

namespace rolegate::service::http2 {
namespace {

std::string Text(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size()) == nullptr
             ? ""
             : std::string(text.data());
}

}  // namespace

std::string PeerName(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return absl::StrCat("ipv4:", Text(AF_INET, &v4.sin_addr), ":",
                        ntohs(v4.sin_port));
  }
  if (address.ss_family != AF_INET6) return "unix:";
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  const int port = ntohs(v6.sin6_port);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    return absl::StrCat("ipv4:", Text(AF_INET, v6.sin6_addr.s6_addr + 12), ":",
                        port);
  }
  const std::string zone =
      v6.sin6_scope_id == 0 ? "" : absl::StrCat("%25", v6.sin6_scope_id);
  return absl::StrCat("ipv6:%5B", Text(AF_INET6, &v6.sin6_addr), zone,
                      "%5D:", port);
}

Peer PeerOfSocket(int fd, int listener) {
  sockaddr_storage other = {};
  socklen_t size = sizeof(other);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&other), &size) != 0) {
    other.ss_family = AF_UNSPEC;
  }
  Peer peer;
  peer.name = PeerName(other);
  if (const auto user =
          other.ss_family == AF_UNIX ? CredentialsOf(fd) : std::nullopt) {
    absl::StrAppend(&peer.name, "uid=", user->uid, ",pid=", user->pid);
  }
  peer.key = PeerKey(fd, other, listener);
  return peer;
}

Peer PeerOfSocket(int fd, int listener, absl::string_view address,
                  const TrustedGateways& gateways) {
  Peer peer = PeerOfSocket(fd, listener);
  peer.kind =
      ClassOfPeer(absl::StartsWith(address, "unix:") ? std::string(address)
                                                     : AddressInPeer(peer.name),
                  gateways);
  peer.gateway = peer.kind == PeerClass::kGateway;
  return peer;
}

}  // namespace rolegate::service::http2
