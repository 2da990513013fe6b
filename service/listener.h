// One listener: a gRPC server of its own over the shared core.

#ifndef ROLEGATE_SERVICE_LISTENER_H_
#define ROLEGATE_SERVICE_LISTENER_H_

#include <grpcpp/server.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/authorization_service.h"
#include "service/core.h"
#include "service/policy_service.h"
#include "service/registry_service.h"
#include "service/security_token_service.h"
#include "service/socket_guard.h"
#include "service/tls_files.h"

namespace rolegate::service {

// What a caller may take of a server, on any listener.
void AddLimits(const ServiceLimits& limits, grpc::ServerBuilder* builder);

class Listener {
 public:
  // Binds and serves.  kFailedPrecondition if the address is taken.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(
      Core* core, const ListenerConfig& config);
  // Serves the health service alone.
  static absl::StatusOr<std::unique_ptr<Listener>> OpenHealth(
      const ListenAddress& address);

  // With the port that the system picked.
  const std::string& address() const { return address_; }

  // Health of "" and of the API's services.
  void SetServing(bool serving);
  // Says NOT_SERVING for good.
  void BeginDrain();
  // Takes no more calls, waits for those that are open until the deadline.
  void Shutdown(absl::Duration grace);

 private:
  Listener() = default;

  std::optional<SocketGuard> guard_;
  std::unique_ptr<TlsFiles> tls_files_;  // null: no TLS
  std::unique_ptr<SecurityTokenService> security_token_;
  std::unique_ptr<AuthorizationService> authorization_;
  std::unique_ptr<RegistryService> registry_;
  std::unique_ptr<PolicyService> policy_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_LISTENER_H_
