// What `operations_listen` serves: a table of paths.

#ifndef ROLEGATE_SERVICE_OPERATIONS_PAGES_H_
#define ROLEGATE_SERVICE_OPERATIONS_PAGES_H_

#include <functional>
#include <string>

#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/console/console.h"
#include "service/http1/message.h"

namespace rolegate::service {

// What the pages are made of.
struct PageSources {
  Core* core;
  const HealthStatus* health;
  std::function<std::string()> metrics;  // in Prometheus's format
  Console* console = nullptr;  // null: neither `/status` nor `/console`
};

// Answers `/livez` and `/readyz` as Kubernetes does: 200 with `ok`, or, if
// something is wrong or the query says `verbose`, a line for each check.  503
// if something is wrong.  They say what the health service says of
// `rolegate.liveness` and of `""`.  Where callers must prove who they are,
// everybody hears whether something is wrong, and the lines are for those who
// may read metrics.
//
// Answers `/metrics` with the text of `metrics`, for those who may read it.
//
// What the console has paths for, the console answers.
//
// What is pointed to must outlive the handler, which any thread may call.
http1::Handler OperationsPages(PageSources sources);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OPERATIONS_PAGES_H_
