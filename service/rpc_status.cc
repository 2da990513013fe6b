#include "service/rpc_status.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/error_details.pb.h"
#include "service/proto_conversions.h"

namespace rolegate::service {
namespace {

struct CodeOfError {
  absl::string_view error;
  grpc::StatusCode code;
};
constexpr std::array<CodeOfError, 19> kCodes = {{
    {"InvalidAuthorizationMessageException",
     grpc::StatusCode::INVALID_ARGUMENT},
    {"ValidationError", grpc::StatusCode::INVALID_ARGUMENT},
    {"InvalidParameterValue", grpc::StatusCode::INVALID_ARGUMENT},
    {"MalformedPolicyDocument", grpc::StatusCode::INVALID_ARGUMENT},
    {"PackedPolicyTooLarge", grpc::StatusCode::INVALID_ARGUMENT},
    {"AccessDenied", grpc::StatusCode::PERMISSION_DENIED},
    {"MissingAuthenticationToken", grpc::StatusCode::UNAUTHENTICATED},
    {"ExpiredToken", grpc::StatusCode::UNAUTHENTICATED},
    {"InvalidClientTokenId", grpc::StatusCode::UNAUTHENTICATED},
    {"InvalidIdentityToken", grpc::StatusCode::UNAUTHENTICATED},
    {"ExpiredTokenException", grpc::StatusCode::UNAUTHENTICATED},
    {"IDPRejectedClaim", grpc::StatusCode::UNAUTHENTICATED},
    {"IDPCommunicationError", grpc::StatusCode::UNAVAILABLE},
    {"RegistryNotLoaded", grpc::StatusCode::UNAVAILABLE},
    {"ServiceUnavailable", grpc::StatusCode::UNAVAILABLE},
    {"RegistryFaults", grpc::StatusCode::FAILED_PRECONDITION},
    {"NoSuchEntity", grpc::StatusCode::NOT_FOUND},
    {"NotImplemented", grpc::StatusCode::UNIMPLEMENTED},
    {"Throttling", grpc::StatusCode::RESOURCE_EXHAUSTED},
}};

// gRPC clients take 8 KiB of metadata, the message and the details in base64
// included.
constexpr std::size_t kMaxMessageBytes = 2048;
constexpr std::size_t kMaxDetailsBytes = 3072;

// With a sealed record in the details the message has the rest, in the
// encoding that gRPC sends: three bytes for one that is not printable.
constexpr std::size_t kMaxMessageBesideRecord = 3072;

std::size_t SentBytes(absl::string_view message) {
  std::size_t size = 0;
  for (char c : message) {
    size += c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3;
  }
  return size;
}

}  // namespace

grpc::StatusCode StatusCodeOf(absl::string_view error_code) {
  for (const CodeOfError& known : kCodes) {
    if (known.error == error_code) return known.code;
  }
  return grpc::StatusCode::INTERNAL;
}

grpc::Status ToRpcStatus(const StsError& error, const Diagnostics& faults) {
  const grpc::StatusCode code = StatusCodeOf(error.code);
  const std::string message = error.message.substr(0, kMaxMessageBytes);
  google::rpc::Status status;
  status.set_code(static_cast<int>(code));
  // The message is in the status itself; once is enough.
  google::rpc::ErrorInfo info;
  info.set_reason(error.code);
  info.set_domain(std::string(kErrorDomain));
  if (!error.encoded_message.empty() &&
      SentBytes(message) <= kMaxMessageBesideRecord) {
    (*info.mutable_metadata())["encoded_message"] = error.encoded_message;
  }
  if (!faults.empty()) {
    (*info.mutable_metadata())["faults"] = absl::StrCat(faults.size());
  }
  status.add_details()->PackFrom(info);
  if (!error.violations.empty()) {
    google::rpc::BadRequest bad_request;
    for (const FieldViolation& violation : error.violations) {
      if (bad_request.ByteSizeLong() > kMaxDetailsBytes) break;
      auto* const added = bad_request.add_field_violations();
      added->set_field(violation.field);
      added->set_description(violation.description.substr(0, 256));
    }
    status.add_details()->PackFrom(bad_request);
  }
  for (const Diagnostic& fault : faults) {
    v1::Fault proto;
    FaultToProto(fault, &proto);
    if (status.ByteSizeLong() + proto.ByteSizeLong() > kMaxDetailsBytes) break;
    status.add_details()->PackFrom(proto);
  }
  return grpc::Status(code, message, status.SerializeAsString());
}

}  // namespace rolegate::service
