// Asks a listener of this process whether it accepts and answers.

#ifndef ROLEGATE_SERVICE_NET_LISTENER_PROBE_H_
#define ROLEGATE_SERVICE_NET_LISTENER_PROBE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/net/connection_acceptor.h"
#include "service/net/listen_socket.h"

namespace rolegate::service {

struct ProbeTarget {
  enum class Kind : std::uint8_t {
    kPlain,     // the health service answers
    kTls,       // the same within TLS, whatever the certificate says
    kTlsStart,  // clients need a certificate, and we have none: the server
                // begins its half of the handshake
    kHttp,      // HTTP/1.1 is spoken, whatever it says
    kHttps,     // the same within TLS, whatever the certificate says
  };

  std::string name;       // for the log: what the listener is called
  SocketAddress address;  // where it is bound
  Kind kind = Kind::kPlain;
};

// Makes a connection of its own, which the caps of `acceptor` let in, asks,
// and closes it.  Takes at most about `timeout`.  kUnavailable, with a reason,
// if nobody accepts, if another process does so on a Unix socket, or if no
// answer comes.
absl::Status ProbeListener(const ProbeTarget& target,
                           ConnectionAcceptor* acceptor,
                           absl::Duration timeout);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LISTENER_PROBE_H_
