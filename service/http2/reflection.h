// grpc.reflection: clients such as grpcurl ask what a server serves.

#ifndef ROLEGATE_SERVICE_HTTP2_REFLECTION_H_
#define ROLEGATE_SERVICE_HTTP2_REFLECTION_H_

#include <string>
#include <vector>

namespace rolegate::service::http2 {

class Router;

// Adds both versions of the service, which answer from the descriptors that
// this program was generated with.  `services`: names of those it tells.
void AddReflection(std::vector<std::string> services, Router* router);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_REFLECTION_H_
