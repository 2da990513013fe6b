// HTTP/2 as somebody writes it who means ill: frames by hand, without regard to
// the protocol, and nothing read that nobody asks for.  RudeClient keeps to the
// protocol and knows what became of its calls.

#ifndef ROLEGATE_TESTS_SUPPORT_RAW_HTTP2_H_
#define ROLEGATE_TESTS_SUPPORT_RAW_HTTP2_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/registry/file_descriptor.h"
#include "tests/support/rude_socket.h"

namespace rolegate::testing {

class RawHttp2 {
 public:
  // Connects to `HOST:PORT`, from the address `source` of this machine if one
  // is given.
  explicit RawHttp2(const std::string& address, const std::string& source = "");

  bool connected() const { return fd_.ok(); }
  int fd() const { return fd_.get(); }

  // Sends what begins a connection.
  bool Greet();
  // Opens a call of `path` ("/grpc.health.v1.Health/Check") as stream 1, 3, …
  bool Open(std::uint32_t stream, absl::string_view path);
  // Sends as much of `bytes` as flow control lets, waiting for more for at most
  // `patience`, and returns how much that was.
  std::size_t SendWhatFits(std::uint32_t stream, absl::string_view bytes,
                           absl::Duration patience);
  // Sends bytes of a stream, in frames of at most 16 KiB, without regard to
  // flow control.
  bool Send(std::uint32_t stream, absl::string_view bytes, bool end);
  // A message as gRPC frames it, `claimed` bytes long whatever it holds.
  static std::string Message(absl::string_view bytes, std::uint32_t claimed) {
    return GrpcMessage(bytes, claimed);
  }

  // What came within `timeout`; empty if nothing did, or the end.
  std::string Read(absl::Duration timeout);
  // Whether the server closes the connection within `timeout`.
  bool IsClosed(absl::Duration timeout);

 private:
  bool Frame(char type, char flags, std::uint32_t stream,
             absl::string_view payload);

  // Takes the windows that the server opened.
  void ReadFrames(absl::Duration timeout);

  FileDescriptor fd_;
  std::string unread_;  // a frame that is not whole
  std::int64_t first_window_ = 65'535;
  std::int64_t window_ = 65'535;                   // of the connection
  std::map<std::uint32_t, std::int64_t> windows_;  // of streams, beside the
                                                   // first one
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_RAW_HTTP2_H_
