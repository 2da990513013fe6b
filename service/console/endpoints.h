// The answers in JSON, of `/status` and of what the page asks for.

#ifndef ROLEGATE_SERVICE_CONSOLE_ENDPOINTS_H_
#define ROLEGATE_SERVICE_CONSOLE_ENDPOINTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/answer/call.h"
#include "service/console/latest_graph.h"
#include "service/rpc/method.h"

namespace rolegate::service {

// What an endpoint answers by.
struct Asked {
  Call& call;            // whose demands are met
  const Method& method;  // of the API
  const std::string& query;
  const std::string& body;
  LatestGraph& graphs;
};

struct Endpoint {
  absl::string_view path;
  bool is_post;
  bool is_of_page;  // else it is there without the console, too
  // What the API tells by this method the endpoint tells, too, and so it
  // demands the same of its caller.
  absl::string_view method;
  // Writes the answer, or says why not.
  Outcome (*answer)(const Asked& asked, std::string* json);
};

absl::Span<const Endpoint> ConsoleEndpoints();

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_ENDPOINTS_H_
