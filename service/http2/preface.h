// What a client begins with: HTTP/2's preface, or something else, which it is
// told in words that it understands.

#ifndef ROLEGATE_SERVICE_HTTP2_PREFACE_H_
#define ROLEGATE_SERVICE_HTTP2_PREFACE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service::http2 {

enum class Protocol : std::uint8_t { kUnknown, kHttp1, kHttp2, kTls };

// "HTTP/1.1", "HTTP/2", "TLS", "something else".
absl::string_view ProtocolName(Protocol protocol);

// Whose first bytes these are, as far as they tell; there is one at least.
Protocol ProtocolOf(absl::string_view first_bytes);

// The preface of one connection.  Not thread-safe.
class Preface {
 public:
  // Drops what belongs to the preface from `bytes`, which are the next that
  // came.  False: the client speaks something else, see `sent`.
  bool Take(absl::string_view* bytes);
  bool whole() const;
  Protocol sent() const { return sent_; }

 private:
  std::size_t taken_ = 0;
  Protocol sent_ = Protocol::kHttp2;
};

// What a port expects of a client that did something else.
enum class Expected : std::uint8_t {
  kHttp2,
  kTls,
  kAlpn,  // TLS is spoken, but did not agree upon HTTP/2
};

// "HTTP/2", "TLS", "ALPN h2".
absl::string_view ExpectedName(Expected expected);

// What a client that speaks `sent` is told before its connection ends.  Empty:
// nobody knows how to tell it.
std::string RefusalOf(Protocol sent, Expected expected);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_PREFACE_H_
