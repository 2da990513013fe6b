// grpc.health.v1.Health, served from a HealthStatus.
//
// gRPC's own health service cannot say how many watches there may be, and
// keeps each one until its caller ends it.

#ifndef ROLEGATE_SERVICE_RPC_HEALTH_SERVICE_H_
#define ROLEGATE_SERVICE_RPC_HEALTH_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "service/answer/health_status.h"

namespace rolegate::service {

// `health` must outlive the service.  Check answers NOT_FOUND for a service
// that nobody knows, Watch tells SERVICE_UNKNOWN.  A watch that gives its
// place to another ends with RESOURCE_EXHAUSTED.
std::unique_ptr<grpc::Service> MakeHealthService(HealthStatus* health);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_HEALTH_SERVICE_H_
