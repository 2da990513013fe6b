// Methods over HTTP/2, without gRPC's library.

#ifndef ROLEGATE_SERVICE_HTTP2_HTTP2_TRANSPORT_H_
#define ROLEGATE_SERVICE_HTTP2_HTTP2_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "service/base/log.h"
#include "service/config/config.h"
#include "service/config/trusted_gateways.h"
#include "service/http2/byte_pool.h"
#include "service/http2/event_loop.h"
#include "service/http2/limits.h"
#include "service/http2/router.h"
#include "service/http2/tls_context.h"
#include "service/metrics/door_metrics.h"
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

// What a listener's connections are served with.
struct ServingParts {
  Router router;
  // Null without TLS; set otherwise before Serve.  It outlives the transport,
  // as do the others that are pointed to.
  const TlsContext* tls;
  const TrustedGateways* gateways;
  DoorMetrics* door;
  std::string address;  // that it listens at: "unix:/path" or "HOST:PORT"
  Logger* log;
  SharedParts* shared;
};

// Serves one listener.
std::unique_ptr<Transport> MakeHttp2Transport(ServingParts parts);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_HTTP2_TRANSPORT_H_
