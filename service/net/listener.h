// One listener of the API: a gRPC server of its own over the shared core, which
// gets its connections from the process's acceptor.

#ifndef ROLEGATE_SERVICE_NET_LISTENER_H_
#define ROLEGATE_SERVICE_NET_LISTENER_H_

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listener_probe.h"
#include "service/net/socket_guard.h"
#include "service/net/tls_files.h"

namespace rolegate::service {

// What a caller may take of a server, on any listener of the API.  The
// benchmark's empty server has the same.
void AddLimits(const ServiceLimits& limits, grpc::ServerBuilder* builder);

// What every listener shares; all of it outlives them.
struct Door {
  ConnectionAcceptor* acceptor;
  ConnectionTable* connections;
  HealthStatus* health;
};

class Listener {
 public:
  // Binds and serves.  kFailedPrecondition if the address is taken.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(
      Core* core, const ListenerConfig& config, const Door& door);
  ~Listener();

  // With the port that the system picked.
  const std::string& address() const { return address_; }

  // How to ask whether it accepts and answers.
  const std::vector<ProbeTarget>& probes() const { return probes_; }

  // Takes no more calls, waits for those that are open until the deadline.
  void Shutdown(absl::Duration grace);

 private:
  explicit Listener(const Door& door) : door_(door) {}

  // Binds, starts the server and begins to accept.
  absl::Status Serve(const ServiceLimits& limits, const ListenAddress& address,
                     const std::optional<TlsConfig>& tls,
                     grpc::ServerBuilder* builder);

  const Door door_;
  std::optional<SocketGuard> guard_;
  std::unique_ptr<TlsFiles> tls_files_;  // null: no TLS
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> transport_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<int> accepting_;  // the acceptor's number
  std::string address_;
  std::vector<ProbeTarget> probes_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LISTENER_H_
