// The bytes of one connection: a socket as it is, or TLS over it.

#ifndef ROLEGATE_SERVICE_HTTP2_CHANNEL_H_
#define ROLEGATE_SERVICE_HTTP2_CHANNEL_H_

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "service/metrics/door_metrics.h"

namespace rolegate::service::http2 {

// What came of an attempt.
struct Progress {
  enum class Kind : std::uint8_t {
    kDone,       // `bytes` were read or written, at least one
    kWantRead,   // try again once the socket can be read
    kWantWrite,  // or written
    kNoTls,      // the handshake's alone: the peer sent something else, which
                 // can be read from the socket yet
    kOver,       // the peer closed, or the connection is broken
  };
  Kind kind = Kind::kOver;
  std::size_t bytes = 0;

  bool done() const { return kind == Kind::kDone; }
};

// Never blocks.  The descriptor is somebody else's.
class Channel {
 public:
  virtual ~Channel() = default;

  // To be tried until it is done; nothing is read or written before.
  virtual Progress Handshake() = 0;
  // Why the handshake is over and not done.
  virtual TlsFailure failure() const { return TlsFailure::kOther; }
  // Whether the handshake agreed upon HTTP/2.
  virtual bool agreed() const { return true; }
  virtual Progress Read(char* room, std::size_t size) = 0;
  virtual Progress Write(absl::string_view bytes) = 0;
  // Whether Read has bytes that a wait for the socket would not tell of.
  virtual bool holds_bytes() const = 0;
  // Says that no more will be written.
  virtual void EndWriting() = 0;

  // The client's verified certificate and those that came with it, in PEM,
  // once the handshake is done; empty if there is none.
  virtual std::string leaf() const { return ""; }
  virtual std::string chain() const { return ""; }
};

std::unique_ptr<Channel> MakePlainChannel(int fd);

// A server's side of TLS.
std::unique_ptr<Channel> MakeTlsChannel(int fd, SSL_CTX* context);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_CHANNEL_H_
