// One listener of the API: its socket and its certificates, and the transport
// that gets its connections from the process's acceptor.

#ifndef ROLEGATE_SERVICE_NET_LISTENER_H_
#define ROLEGATE_SERVICE_NET_LISTENER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/http2/http2_transport.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listener_probe.h"
#include "service/net/listener_tls.h"
#include "service/net/socket_guard.h"
#include "service/rpc/transport.h"

namespace rolegate::service {

// What every listener shares; all of it outlives them.
struct Door {
  ConnectionAcceptor* acceptor;
  ConnectionTable* connections;
  HealthStatus* health;
  http2::SharedParts* http2;  // null: gRPC's library serves
};

class Listener {
 public:
  // Binds and serves.  kFailedPrecondition if the address is taken.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(
      Core* core, const ListenerConfig& config, const Door& door);
  ~Listener();

  // With the port that the system picked.
  const std::string& address() const { return address_; }

  // See ListenerTls.
  std::optional<absl::Time> certificate_ends() const {
    return tls_.certificate_ends();
  }

  // How to ask whether it accepts and answers.
  const std::vector<ProbeTarget>& probes() const { return probes_; }

  // Takes no more connections, and asks those that are open to go, where the
  // transport can.
  void BeginDrain();
  // See Transport.
  bool awaits_clients() const;
  void EndDrain();

  // Takes no more calls, waits for those that are open until the deadline.
  void Shutdown(absl::Duration grace);

 private:
  explicit Listener(const Door& door) : door_(door) {}

  absl::Status OpenTransport(Core* core, const ListenerConfig& config);
  // Binds and begins to accept.
  absl::Status Accept(const ServiceLimits& limits,
                      const ListenerConfig& config);
  void StopAccepting();

  const Door door_;
  std::optional<SocketGuard> guard_;
  ListenerTls tls_;
  std::unique_ptr<Transport> transport_;
  std::optional<int> accepting_;  // the acceptor's number
  std::string address_;
  std::vector<ProbeTarget> probes_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LISTENER_H_
