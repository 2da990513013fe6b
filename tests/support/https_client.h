// One request of HTTP/1.1 within TLS, and how the server ends what it refuses.

#ifndef ROLEGATE_TESTS_SUPPORT_HTTPS_CLIENT_H_
#define ROLEGATE_TESTS_SUPPORT_HTTPS_CLIENT_H_

#include <string>

#include "tests/support/http_client.h"

namespace rolegate::testing {

struct HttpsOptions {
  std::string server;  // HOST:PORT with numbers
  std::string ca;      // whom the client trusts, a file
  std::string cert;    // its own certificate, a file; empty: none
  std::string key;     // a file
  std::string
      protocols;  // offered by ALPN, each after its length; may be empty
  // Sent before anything is read, as clients do that have the handshake behind
  // them.
  std::string request;
};

struct HttpsAnswer : HttpAnswer {
  std::string head;  // the status line and the headers
  // The TLS alert that ended the connection, in OpenSSL's words, as
  // `unknown ca`; `reset` for a connection that broke off without one; empty
  // for one that was answered.
  std::string alert;
  std::string protocol;  // that ALPN agreed upon
};

// Sends the request, reads the answer to its end.
HttpsAnswer HttpsAsk(const HttpsOptions& options);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_HTTPS_CLIENT_H_
