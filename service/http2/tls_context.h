// What new connections of a listener agree upon by TLS, exchanged while it
// runs.

#ifndef ROLEGATE_SERVICE_HTTP2_TLS_CONTEXT_H_
#define ROLEGATE_SERVICE_HTTP2_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service::http2 {

// In PEM.
struct TlsTexts {
  std::string cert;       // the leaf first
  std::string key;        // secret
  std::string client_ca;  // empty: clients need no certificate
};

// TLS 1.2 or newer.  No session is resumed, so that whoever lost the trust of
// the roots in force gets no new connection.  Thread-safe.
class TlsContext {
 public:
  // What is given holds for the handshakes that begin afterwards; on an error
  // what was in force stays.
  absl::Status Set(const TlsTexts& texts);

  // Null before the first Set.
  std::shared_ptr<SSL_CTX> context() const;

 private:
  mutable absl::Mutex mu_;
  std::shared_ptr<SSL_CTX> context_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_TLS_CONTEXT_H_
