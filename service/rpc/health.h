// grpc.health.v1.Health, answered from a HealthStatus.
//
// gRPC's own health service cannot say how many watches there may be, and
// keeps each one until its caller ends it.

#ifndef ROLEGATE_SERVICE_RPC_HEALTH_H_
#define ROLEGATE_SERVICE_RPC_HEALTH_H_

#include <memory>
#include <string>

#include "proto/health.pb.h"
#include "service/answer/health_status.h"
#include "service/rpc/status.h"
#include "service/rpc/stream.h"

namespace rolegate::service {

// NOT_FOUND for a service that nobody knows.
RpcStatus AnswerHealthCheck(const HealthStatus& health,
                            const grpc::health::v1::HealthCheckRequest& request,
                            grpc::health::v1::HealthCheckResponse* response);

// Tells how a service does, and every change; SERVICE_UNKNOWN for one that
// nobody knows.  A watch that gives its place to another ends with
// RESOURCE_EXHAUSTED.
std::shared_ptr<StreamHandler> MakeHealthWatch(HealthStatus* health,
                                               std::string service,
                                               StreamTransport* transport);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_HEALTH_H_
