// Who is at the other end of a connection.

#ifndef ROLEGATE_SERVICE_HTTP2_PEER_H_
#define ROLEGATE_SERVICE_HTTP2_PEER_H_

#include <sys/socket.h>

#include <string>

#include "absl/strings/string_view.h"
#include "service/config/trusted_gateways.h"
#include "service/metrics/door_metrics.h"

namespace rolegate::service::http2 {

// The address as gRPC spells it: "ipv4:10.0.0.7:51442",
// "ipv6:%5B2001:db8::1%5D:51442", "unix:".  An IPv4 address that is mapped into
// IPv6 is the IPv4 address.
std::string PeerName(const sockaddr_storage& address);

struct Peer {
  std::string name;  // PeerName; of a Unix socket with "uid=1000,pid=4242"
  std::string key;   // whom shares count (service/base/peer_key.h)
  // It carries the calls of many (limits.trusted_gateways), who are counted by
  // their tokens.
  bool gateway = false;
  PeerClass kind = PeerClass::kOther;  // by its address
  std::string leaf;   // of its certificate, in PEM; empty if there is none
  std::string chain;  // what came with it
};

// The name and the key of who is connected to `fd`, on a listener of that
// number.
Peer PeerOfSocket(int fd, int listener);
// The same, and what it is to the door.  The listener listens at `address`:
// "unix:/path" or "HOST:PORT".
Peer PeerOfSocket(int fd, int listener, absl::string_view address,
                  const TrustedGateways& gateways);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_PEER_H_
