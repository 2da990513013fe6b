// Reads what a server of HTTP/2 sends to a peer that keeps to no rule, and
// aborts if the server does not keep to them itself.

#ifndef ROLEGATE_TESTS_FUZZ_HTTP2_OUTPUT_CHECKER_H_
#define ROLEGATE_TESTS_FUZZ_HTTP2_OUTPUT_CHECKER_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::fuzz {

// nghttp2's client reads the answers.  It believes that it asked for them
// itself: it gets each stream under a number of its own, and nothing of what
// answers other frames of the peer, which are looked at here.
class Http2OutputChecker {
 public:
  Http2OutputChecker();
  ~Http2OutputChecker();

  Http2OutputChecker(const Http2OutputChecker&) = delete;
  Http2OutputChecker& operator=(const Http2OutputChecker&) = delete;

  // `bytes` need not be whole frames.
  void Receive(absl::string_view bytes);
  // Nothing more comes.
  void End() const;

 private:
  struct Callbacks;
  struct Stream {
    std::int32_t number = 0;  // the client's
    bool ended = false;       // the server said all
    bool reset = false;
  };

  void OnFrame(absl::string_view header, absl::string_view payload);
  void OnSettings(std::uint8_t flags, std::uint32_t id,
                  absl::string_view payload);
  void OnGoAway(std::uint32_t id, absl::string_view payload);
  Stream& StreamOf(std::uint32_t id);
  std::int32_t OpenStream();
  void Feed(absl::string_view bytes);

  nghttp2_session* client_ = nullptr;
  std::string unread_;
  std::map<std::uint32_t, Stream> streams_;
  std::uint32_t block_ = 0;  // the stream whose headers go on
  std::uint32_t last_stream_ = 0x7fffffff;
  bool began_ = false;
  bool blamed_ = false;  // for resets, by GOAWAY
};

}  // namespace rolegate::fuzz

#endif  // ROLEGATE_TESTS_FUZZ_HTTP2_OUTPUT_CHECKER_H_
