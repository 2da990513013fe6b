#include "service/http2/frame_counter.h"

#include <algorithm>
#include <utility>

namespace rolegate::service::http2 {
namespace {

// A frame begins with three bytes of length, the highest first; these follow,
// and are not part of that length: type, flags, stream (RFC 9113, 4.1).
constexpr int kLengthBytes = 3;
constexpr std::size_t kOtherHeadBytes = 6;

}  // namespace

std::size_t FrameCounter::Count(absl::string_view bytes) {
  std::size_t frames = 0;
  while (!bytes.empty()) {
    if (skipped_ > 0) {
      const std::size_t here = std::min(skipped_, bytes.size());
      bytes.remove_prefix(here);
      skipped_ -= here;
      continue;
    }
    length_ = length_ << 8 | static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (++length_bytes_ < kLengthBytes) continue;
    length_bytes_ = 0;
    skipped_ = kOtherHeadBytes + std::exchange(length_, 0);
    ++frames;
  }
  return frames;
}

}  // namespace rolegate::service::http2
