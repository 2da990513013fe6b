// The methods of the API over HTTP/2, without gRPC's library.

#ifndef ROLEGATE_SERVICE_HTTP2_HTTP2_TRANSPORT_H_
#define ROLEGATE_SERVICE_HTTP2_HTTP2_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/config/config.h"
#include "service/http2/byte_pool.h"
#include "service/http2/event_loop.h"
#include "service/http2/limits.h"
#include "service/http2/tls_context.h"
#include "service/rpc/transport.h"

namespace rolegate::service::http2 {

// What all listeners of a process share.  Outlives their transports.
class SharedParts {
 public:
  explicit SharedParts(const ServiceLimits& limits);

  const Limits& limits() const { return limits_; }
  BytePool& receiving() { return receiving_; }
  BytePool& sending() { return sending_; }
  EventLoops& loops() { return loops_; }

 private:
  const Limits limits_;
  BytePool receiving_;
  BytePool sending_;
  EventLoops loops_;  // they end first
};

// Serves one listener.  What is pointed to outlives the transport.  `tls` is
// null for a listener without TLS, and set otherwise before Serve.
std::unique_ptr<Transport> MakeHttp2Transport(Core* core,
                                              const ListenerConfig* listener,
                                              HealthStatus* health,
                                              const TlsContext* tls,
                                              SharedParts* parts);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_HTTP2_TRANSPORT_H_
