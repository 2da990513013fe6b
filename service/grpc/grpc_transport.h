// The methods of the API over gRPC's library.

#ifndef ROLEGATE_SERVICE_GRPC_GRPC_TRANSPORT_H_
#define ROLEGATE_SERVICE_GRPC_GRPC_TRANSPORT_H_

#include <grpcpp/server_builder.h>

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/config/config.h"
#include "service/rpc/transport.h"

namespace rolegate::service {

// What a caller may take of a server, on any listener of the API.  The
// benchmark's empty server has the same.
void AddLimits(const ServiceLimits& limits, grpc::ServerBuilder* builder);

// Serves one listener.  What is pointed to outlives the transport.  `tls` names
// files that gRPC reads again when they change.
absl::StatusOr<std::unique_ptr<Transport>> MakeGrpcTransport(
    Core* core, const ListenerConfig* listener, HealthStatus* health,
    const std::optional<TlsConfig>& tls);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_GRPC_GRPC_TRANSPORT_H_
