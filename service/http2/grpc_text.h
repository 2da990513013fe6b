// The texts in gRPC's headers and trailers.

#ifndef ROLEGATE_SERVICE_HTTP2_GRPC_TEXT_H_
#define ROLEGATE_SERVICE_HTTP2_GRPC_TEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service::http2 {

// `grpc-timeout`: one to eight digits and a unit, "250m".
std::optional<absl::Duration> ParseTimeout(absl::string_view text);

// `grpc-message`: what is not printable ASCII, and `%`, as `%20`.
std::string PercentEncode(absl::string_view text);

// The value of a header whose name ends in `-bin`: base64 without padding to
// send; with or without it to receive.
std::string EncodeBinary(absl::string_view bytes);
std::optional<std::string> DecodeBinary(absl::string_view text);

// Whether it says that gRPC's messages in Protobuf follow:
// "application/grpc", "application/grpc+proto", either with parameters.
bool IsGrpcContentType(absl::string_view value);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_GRPC_TEXT_H_
