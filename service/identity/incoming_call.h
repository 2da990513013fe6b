// What a transport knows of a call: what its connection proves, what its
// metadata says, and how long its caller waits.  Everything above the transport
// sees a call through this alone.

#ifndef ROLEGATE_SERVICE_IDENTITY_INCOMING_CALL_H_
#define ROLEGATE_SERVICE_IDENTITY_INCOMING_CALL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/identity/peer_certificate.h"

namespace rolegate::service {

// The values of one metadata key.
struct MetadataValues {
  int count = 0;            // 0: the key is not there
  absl::string_view first;  // lives as long as the call
};

// One call of one connection.  Thread-safe.  Lives until the transport is done
// with the call, which is after the call's handler is.
class IncomingCall {
 public:
  virtual ~IncomingCall() = default;

  // `key` is in lower case, as HTTP/2 sends it.
  virtual MetadataValues Metadata(absl::string_view key) const = 0;

  // The connection's verified client certificate and those that came with it;
  // empty if no certificate was asked for or none was brought.  The texts live
  // until the call's next use of this method.
  virtual CertificateTexts certificates() const = 0;

  // The address of the connection's other end, as gRPC spells it for logs:
  // "ipv4:10.0.0.7:51442", "ipv6:%5B2001:db8::1%5D:51442".  Of a Unix socket
  // "unix:uid=1000,pid=4242", the process that connected; "unix:" over gRPC's
  // transport, which does not know it.
  virtual std::string peer() const = 0;

  // Whether the caller has given the call up.
  virtual bool cancelled() const = 0;
  // Until when the caller waits; absl::InfiniteFuture() if it does not say.
  virtual absl::Time deadline() const = 0;
};

// The address of a TCP peer, "10.0.0.7"; empty for a Unix socket.
std::string PeerAddress(const IncomingCall& call);
// The same of what IncomingCall::peer returns.
std::string AddressInPeer(absl::string_view name);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_IDENTITY_INCOMING_CALL_H_
