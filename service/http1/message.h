// What a request over HTTP/1.1 asks, and what it is answered.

#ifndef ROLEGATE_SERVICE_HTTP1_MESSAGE_H_
#define ROLEGATE_SERVICE_HTTP1_MESSAGE_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service::http1 {

// A GET, or a HEAD, which differs in that nobody sends its body.  Valid while
// the handler runs.
struct Request {
  absl::string_view path;   // begins with `/`; as it came, not decoded
  absl::string_view query;  // what follows the first `?`
};

struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

// Answers at once, on the event loop of the connection, so it must not block.
using Handler = std::function<Answer(const Request&)>;

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_SERVICE_HTTP1_MESSAGE_H_
