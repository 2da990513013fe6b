#include "service/rpc/status.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/error_details.pb.h"
#include "service/answer/proto_conversions.h"
#include "service/base/redact.h"

namespace rolegate::service {
namespace {

// gRPC clients take 8 KiB of metadata.  What gRPC itself adds needs the rest.
constexpr std::size_t kMaxTrailerBytes = 7680;

// The message stands in the trailers twice: by itself, and in the details,
// where grpc-go and grpcurl look for it.
constexpr std::size_t kMaxMessageBytes = 2048;
constexpr std::size_t kMaxSentMessageBytes = 3072;

// What an embedded message costs beside its own bytes: its type's URL, tags and
// sizes.
constexpr std::size_t kEmbeddingBytes = 64;

// gRPC sends three bytes for one that is not printable.
std::size_t SentBytes(char c) {
  return c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3;
}

std::size_t SentBytes(absl::string_view message) {
  std::size_t size = 0;
  for (char c : message) size += SentBytes(c);
  return size;
}

// The beginning of `text` that `limit` bytes hold, whole characters only.
absl::string_view Beginning(absl::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (text[limit] & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

// The beginning of a message for the trailers.
absl::string_view SentMessage(absl::string_view message) {
  std::size_t sent = 0;
  std::size_t size = 0;
  for (; size < message.size() && size < kMaxMessageBytes; ++size) {
    sent += SentBytes(message[size]);
    if (sent > kMaxSentMessageBytes) break;
  }
  return Beginning(message, size);
}

}  // namespace

std::string MessageOf(const ApiError& error) {
  // More than is sent is not looked at.
  const absl::string_view text(error.message);
  return Redact(text.substr(0, 2 * kMaxMessageBytes));
}

RpcStatus ToRpcStatus(const ApiError& error, const Diagnostics& faults) {
  const auto code = static_cast<absl::StatusCode>(StatusCodeOf(error.code));
  const std::string whole = MessageOf(error);
  const std::string message(SentMessage(whole));
  // Binary metadata is sent in base64.
  const std::size_t max_details =
      (kMaxTrailerBytes - SentBytes(message)) / 4 * 3;
  google::rpc::Status status;
  const auto has_room_for = [&](std::size_t bytes) {
    return status.ByteSizeLong() + bytes + kEmbeddingBytes <= max_details;
  };
  status.set_code(static_cast<int>(code));
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ErrorName(error.code)));
  info.set_domain(std::string(kErrorDomain));
  if (!faults.empty()) {
    (*info.mutable_metadata())["faults"] = absl::StrCat(faults.size());
  }
  if (!error.encoded_message.empty() &&
      has_room_for(info.ByteSizeLong() + error.encoded_message.size())) {
    (*info.mutable_metadata())["encoded_message"] = error.encoded_message;
  }
  status.add_details()->PackFrom(info);
  if (has_room_for(0)) {
    status.set_message(std::string(Beginning(
        message, max_details - status.ByteSizeLong() - kEmbeddingBytes)));
  }
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : error.violations) {
    google::rpc::BadRequest::FieldViolation field;
    field.set_field(violation.field);
    field.set_description(
        Redact(absl::string_view(violation.description).substr(0, 256)));
    if (!has_room_for(bad_request.ByteSizeLong() + field.ByteSizeLong())) break;
    *bad_request.add_field_violations() = std::move(field);
  }
  if (bad_request.field_violations_size() > 0) {
    status.add_details()->PackFrom(bad_request);
  }
  for (const Diagnostic& fault : faults) {
    v1::Fault proto;
    FaultToProto(fault, &proto);
    if (!has_room_for(proto.ByteSizeLong())) break;
    status.add_details()->PackFrom(proto);
  }
  // What would fail again is not to be tried again, although its code says so
  // to clients that retry by code.
  return {code, message, status.SerializeAsString(),
          error.code == ErrorCode::kBudgetExceeded};
}

RpcStatus ToRpcStatus(const Refusal& refusal, const Diagnostics& faults) {
  return refusal.has_value() ? ToRpcStatus(*refusal, faults) : RpcStatus();
}

}  // namespace rolegate::service
