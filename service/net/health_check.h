// `rolegated healthcheck`: asks a server whether it serves.

#ifndef ROLEGATE_SERVICE_NET_HEALTH_CHECK_H_
#define ROLEGATE_SERVICE_NET_HEALTH_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace rolegate::service {

// OK if `service` ("" for all of it) is SERVING.  `ca_file` empty: no TLS.
absl::Status CheckHealth(const std::string& server, const std::string& service,
                         const std::string& ca_file, absl::Duration timeout);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_HEALTH_CHECK_H_
