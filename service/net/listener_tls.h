// The certificates of one listener, whatever it speaks: they are read again
// while it runs, and their bundles say who vouches for its clients.

#ifndef ROLEGATE_SERVICE_NET_LISTENER_TLS_H_
#define ROLEGATE_SERVICE_NET_LISTENER_TLS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/answer/core.h"
#include "service/config/config.h"
#include "service/http2/tls_context.h"
#include "service/net/tls_files.h"

namespace rolegate::service {

// Thread-safe, but for Open.
class ListenerTls {
 public:
  explicit ListenerTls(http2::TlsPolicy policy = {}) : context_(policy) {}

  // Reads the files, and goes on doing so.  Does nothing for a listener without
  // TLS.  `core` and `config` must outlive it.
  absl::Status Open(Core* core, const ListenerConfig& config);

  // For handshakes; null without TLS.
  const http2::TlsContext* context() const {
    return files_ == nullptr ? nullptr : &context_;
  }
  // For gRPC to read; nothing without TLS.
  std::optional<TlsConfig> paths() const;

  // When the certificate that it shows ends; nothing without TLS.
  std::optional<absl::Time> certificate_ends() const;

 private:
  http2::TlsContext context_;
  std::atomic<std::int64_t> certificate_ends_{0};  // seconds since 1970
  std::unique_ptr<TlsFiles> files_;                // null: no TLS
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LISTENER_TLS_H_
