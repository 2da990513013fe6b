// What `operations_listen` serves: a table of paths.

#ifndef ROLEGATE_SERVICE_OPERATIONS_PAGES_H_
#define ROLEGATE_SERVICE_OPERATIONS_PAGES_H_

#include <functional>
#include <string>

#include "service/answer/health_status.h"
#include "service/http1/message.h"

namespace rolegate::service {

// Answers `/livez` and `/readyz` as Kubernetes does: 200 with `ok`, or, if
// something is wrong or the query says `verbose`, a line for each check.  503
// if something is wrong.  They say what the health service says of
// `rolegate.liveness` and of `""`.
//
// Answers `/metrics` with the text that `metrics` makes, in Prometheus's
// format.
//
// `health` must outlive the handler, which any thread may call.
http1::Handler OperationsPages(const HealthStatus* health,
                               std::function<std::string()> metrics);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OPERATIONS_PAGES_H_
