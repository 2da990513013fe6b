// Which requests of browsers may have an answer that tells of the registry.
//
// A browser sends requests for any page that its user looks at.  Where the
// connection itself says who calls, a Unix socket through ssh, a certificate or
// --dev, such a page must neither read an answer nor ask a question: by naming
// itself for the server's address (DNS rebinding), from another origin, or from
// a frame.

#ifndef ROLEGATE_SERVICE_CONSOLE_GUARD_H_
#define ROLEGATE_SERVICE_CONSOLE_GUARD_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "service/http1/message.h"

namespace rolegate::service {

// The header that a POST must have: no page of another origin can send it,
// because the server grants that to none (it answers no preflight).
inline constexpr absl::string_view kConsoleHeader = "rolegate-console";

struct GuardedListener {
  // The host that `operations_listen` names, "10.0.0.7"; empty for a Unix
  // socket.
  std::string host;
  // Over TLS the browser itself checks the host's name against the certificate,
  // and so the name needs no second check.
  bool has_tls = false;
};

// Why the request is refused, in a sentence without period; nothing if it may
// have an answer.  Clients that are no browsers send a `Host` and nothing else
// of what is looked at here.
std::optional<std::string> WhyForeign(const http1::Request& request,
                                      const GuardedListener& listener);

// Whether a Host names this machine itself: "localhost", "127.0.0.1:8471",
// "[::1]".  A name that only ends in one of them does not.
bool IsLoopbackHost(absl::string_view host);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_GUARD_H_
