// What new connections of a listener agree upon by TLS, exchanged while it
// runs.

#ifndef ROLEGATE_SERVICE_HTTP2_TLS_CONTEXT_H_
#define ROLEGATE_SERVICE_HTTP2_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service::http2 {

// What a listener wants of its clients.
struct TlsPolicy {
  enum class Protocol : std::uint8_t { kHttp2, kHttp1 };
  Protocol protocol = Protocol::kHttp2;
  // A client must have a certificate if they are asked for.  If this is false,
  // one that brings none gets in; one that does not hold never does.
  bool demands_certificates = true;
};

// In PEM.
struct TlsTexts {
  std::string cert;       // the leaf first
  std::string key;        // secret
  std::string client_ca;  // empty: clients are asked for no certificate
};

// TLS 1.2 or newer.  No session is resumed, so that whoever lost the trust of
// the roots in force gets no new connection.  Thread-safe.
class TlsContext {
 public:
  explicit TlsContext(TlsPolicy policy = {}) : policy_(policy) {}

  // What is given holds for the handshakes that begin afterwards; on an error
  // what was in force stays.
  absl::Status Set(const TlsTexts& texts);

  // Null before the first Set.
  std::shared_ptr<SSL_CTX> context() const;

 private:
  const TlsPolicy policy_;
  mutable absl::Mutex mu_;
  std::shared_ptr<SSL_CTX> context_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_TLS_CONTEXT_H_
