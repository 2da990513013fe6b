// What a listener of the API serves.

#ifndef ROLEGATE_SERVICE_HTTP2_ROUTES_H_
#define ROLEGATE_SERVICE_HTTP2_ROUTES_H_

#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/http2/router.h"

namespace rolegate::service::http2 {

// The methods of the API, health and reflection.  What is pointed to outlives
// the router.
Router MakeRouter(Core* core, const ListenerConfig* listener,
                  HealthStatus* health);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_ROUTES_H_
