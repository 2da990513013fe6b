// The API's services and the health service, over gRPC.

#ifndef ROLEGATE_SERVICE_GRPC_SERVICES_H_
#define ROLEGATE_SERVICE_GRPC_SERVICES_H_

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <vector>

#include "service/answer/core.h"
#include "service/answer/health_status.h"

namespace rolegate::service {

// All services of one listener.  `core`, `listener` and `health` must outlive
// them.
std::vector<std::unique_ptr<grpc::Service>> MakeServices(
    Core* core, const ListenerConfig* listener, HealthStatus* health);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_GRPC_SERVICES_H_
