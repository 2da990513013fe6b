// Counts the frames of HTTP/2 that a peer sends.  nghttp2 tells nobody of some:
// types that it does not know, data of streams that are over.

#ifndef ROLEGATE_SERVICE_HTTP2_FRAME_COUNTER_H_
#define ROLEGATE_SERVICE_HTTP2_FRAME_COUNTER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace rolegate::service::http2 {

// Not thread-safe.
class FrameCounter {
 public:
  // Takes the next bytes of a connection, which follow its preface.  Returns
  // how many frames say in them how long they are.
  std::size_t Count(absl::string_view bytes);

 private:
  std::size_t skipped_ = 0;   // what is left of a frame whose length is known
  std::uint32_t length_ = 0;  // of the next frame, as far as it came
  int length_bytes_ = 0;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_FRAME_COUNTER_H_
