// One listener of the API: its socket and its certificates, and the transport
// that gets its connections from the process's acceptor.

#ifndef ROLEGATE_SERVICE_NET_LISTENER_H_
#define ROLEGATE_SERVICE_NET_LISTENER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/http2/http2_transport.h"
#include "service/http2/tls_context.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listener_probe.h"
#include "service/net/socket_guard.h"
#include "service/net/tls_files.h"
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

  // When the certificate that it shows ends; nothing without TLS.
  std::optional<absl::Time> certificate_ends() const;

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

  absl::Status OpenTls(Core* core, const ListenerConfig& config);
  absl::Status OpenTransport(Core* core, const ListenerConfig& config);
  // Binds and begins to accept.
  absl::Status Accept(const ServiceLimits& limits,
                      const ListenerConfig& config);
  void StopAccepting();

  const Door door_;
  std::optional<SocketGuard> guard_;
  http2::TlsContext tls_;
  std::atomic<std::int64_t> certificate_ends_{0};  // seconds since 1970
  std::unique_ptr<TlsFiles> tls_files_;  // null: no TLS
  std::unique_ptr<Transport> transport_;
  std::optional<int> accepting_;  // the acceptor's number
  std::string address_;
  std::vector<ProbeTarget> probes_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LISTENER_H_
