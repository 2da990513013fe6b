// Unpacks the messages of callers.

#ifndef ROLEGATE_SERVICE_HTTP2_UNPACK_H_
#define ROLEGATE_SERVICE_HTTP2_UNPACK_H_

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"
#include "service/rpc/status.h"

namespace rolegate::service::http2 {

// No message takes more memory than this, about, once it is unpacked.  Two
// bytes may say that there is one more empty check, and that takes a hundred
// bytes and more.
inline constexpr std::size_t kMaxUnpackedBytes = std::size_t{24} << 20;

// About how much memory `bytes` take as a message of the type of `message`.
// Stops counting beyond `enough`.  What is malformed counts for as far as it
// can be read.
std::size_t UnpackedBytes(absl::string_view bytes,
                          const google::protobuf::MessageLite& message,
                          std::size_t enough);

// Reads `bytes` into `message`.  Nothing if all is well, and else what is wrong
// with them: INVALID_ARGUMENT, or RESOURCE_EXHAUSTED for what would take more
// than kMaxUnpackedBytes.
std::optional<RpcStatus> Unpack(absl::string_view bytes,
                                google::protobuf::MessageLite* message);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_UNPACK_H_
