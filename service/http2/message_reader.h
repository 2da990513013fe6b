// gRPC's framing: messages in the bytes of a stream.

#ifndef ROLEGATE_SERVICE_HTTP2_MESSAGE_READER_H_
#define ROLEGATE_SERVICE_HTTP2_MESSAGE_READER_H_

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service::http2 {

// Compressed or not, and four bytes of size.
inline constexpr std::size_t kMessagePrefix = 5;

// The message as it is sent, not compressed.
std::string Framed(const google::protobuf::MessageLite& message);

// Finds messages without copying those that come whole.  Not thread-safe.
class MessageReader {
 public:
  explicit MessageReader(std::size_t max_message) : max_message_(max_message) {}

  enum class Found : std::uint8_t {
    kMessage,
    kNothing,   // more has to come
    kTooLarge,  // the message claims more than the limit
    kNoFrame,   // these are no messages as gRPC frames them
  };
  struct Frame {
    bool compressed = false;
    absl::string_view bytes;  // until Add, Keep or Clear
  };

  // What came.  It has to stay until Keep, which follows.
  void Add(absl::string_view bytes);
  // Finds the next message, which stays the next.
  Found Next(Frame* frame) const;
  // Goes on behind a message that Next has found.
  void Pop();
  // Copies what is left of it.
  void Keep();
  // Forgets what came.
  void Clear();

  // Bytes that came and were not found to be a message yet.
  std::size_t held() const { return Rest().size(); }
  // The same once the message that has begun is there; no less than held.
  std::size_t wanted() const;

 private:
  absl::string_view Rest() const {
    return buffer_.empty() ? added_ : absl::string_view(buffer_).substr(read_);
  }

  const std::size_t max_message_;
  absl::string_view added_;  // while the buffer is empty
  std::string buffer_;
  std::size_t read_ = 0;  // of the buffer
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_MESSAGE_READER_H_
