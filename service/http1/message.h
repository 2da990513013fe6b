// What a request over HTTP/1.1 asks, and what it is answered.

#ifndef ROLEGATE_SERVICE_HTTP1_MESSAGE_H_
#define ROLEGATE_SERVICE_HTTP1_MESSAGE_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "service/identity/incoming_call.h"

namespace rolegate::service::http1 {

// The values of one header.
struct HeaderValues {
  int count = 0;            // 0: the header is not there
  absl::string_view first;  // without the spaces around it
};

// The headers of a request.
class Headers {
 public:
  // Letter case does not matter.
  virtual HeaderValues Find(absl::string_view name) const = 0;

 protected:
  ~Headers() = default;
};

// A GET, or a HEAD, which differs in that nobody sends its body, or, where the
// session takes bodies, a POST.  Valid while the handler runs.
struct Request {
  absl::string_view path;   // begins with `/`; as it came, not decoded
  absl::string_view query;  // what follows the first `?`
  bool is_post = false;
  absl::string_view body;            // of a POST
  const Headers* headers = nullptr;  // null: it has none
  // The request as a call of the API: its headers are the metadata, and its
  // connection proves what it proves.  A session always sets it.
  const IncomingCall* incoming = nullptr;

  HeaderValues Header(absl::string_view name) const {
    return headers == nullptr ? HeaderValues() : headers->Find(name);
  }
};

struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::string headers = {};  // more of them, each "name: value\r\n"

  // Makes the answer that takes the place of this one, and may take its time.
  // It runs on a thread that all connections of the listener share, and keeps
  // no view of the request.  Null: this is the answer.
  std::function<Answer()> later = {};
};

// Answers at once, on the event loop of the connection, so it must not block.
using Handler = std::function<Answer(const Request&)>;

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_SERVICE_HTTP1_MESSAGE_H_
