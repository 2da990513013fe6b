// The logs of gRPC's core and Protobuf.

#ifndef ROLEGATE_SERVICE_NET_LIBRARY_LOG_H_
#define ROLEGATE_SERVICE_NET_LIBRARY_LOG_H_

#include "service/base/log.h"

namespace rolegate::service {

// Sends what gRPC's core and Protobuf log to `logger`, which must outlive all
// calls, or be replaced by null, which drops the records.
void RouteLibraryLogsTo(Logger* logger);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LIBRARY_LOG_H_
