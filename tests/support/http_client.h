// HTTP/1.1 by hand, from people who mean well and people who do not.

#ifndef ROLEGATE_TESTS_SUPPORT_HTTP_CLIENT_H_
#define ROLEGATE_TESTS_SUPPORT_HTTP_CLIENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate::testing {

class HttpConnection {
 public:
  // Connects to `HOST:PORT` or `unix:/path`, from the address `source` of this
  // machine if one is given.
  explicit HttpConnection(const std::string& address,
                          const std::string& source = "");

  // Sends bytes as they are, as far as the server takes them.
  void Send(absl::string_view bytes);
  // What comes within `timeout`; empty if nothing does, or the end.
  std::string Read(absl::Duration timeout);
  // Whether the connection ends within `timeout`, whatever comes before.
  bool Ends(absl::Duration timeout);

 private:
  const FileDescriptor fd_;
  bool ended_;
};

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// Asks on a connection of its own.
HttpAnswer HttpGet(const std::string& address, const std::string& path,
                   const std::string& source = "");

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_HTTP_CLIENT_H_
