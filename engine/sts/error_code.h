// The errors of the API: what AWS calls each of them, and its gRPC code.

#ifndef ROLEGATE_ENGINE_STS_ERROR_CODE_H_
#define ROLEGATE_ENGINE_STS_ERROR_CODE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rolegate {

enum class ErrorCode : std::uint8_t {
  // The request is wrong, and stays so.
  kValidationError,
  kInvalidParameterValue,
  kMalformedPolicy,
  kPackedPolicyTooLarge,
  kInvalidAuthorizationMessageException,
  kNoSuchEntity,
  kNotImplemented,
  // The caller is nobody, or may not.
  kMissingAuthenticationToken,
  kInvalidClientTokenId,  // a session token, or a caller's own identity
  kExpiredToken,
  kInvalidIdentityToken,  // a token or assertion of an identity provider
  kExpiredTokenException,
  kIdpRejectedClaim,
  kAccessDenied,
  // The server cannot, or will not now.
  kRegistryNotLoaded,
  kRegistryFaults,
  kIdpCommunicationError,
  kServiceUnavailable,
  kThrottling,
  kBudgetExceeded,
  kRequestCanceled,
  kInternalFailure,
};

struct ErrorInfo {
  ErrorCode code;
  absl::string_view name;  // AWS's, or in its style: the ErrorInfo's reason
  absl::StatusCode status;
};

// One row for each code, in their order.
inline constexpr std::array<ErrorInfo, 22> kErrors = {{
    {ErrorCode::kValidationError, "ValidationError",
     absl::StatusCode::kInvalidArgument},
    {ErrorCode::kInvalidParameterValue, "InvalidParameterValue",
     absl::StatusCode::kInvalidArgument},
    {ErrorCode::kMalformedPolicy, "MalformedPolicyDocument",
     absl::StatusCode::kInvalidArgument},
    {ErrorCode::kPackedPolicyTooLarge, "PackedPolicyTooLarge",
     absl::StatusCode::kInvalidArgument},
    {ErrorCode::kInvalidAuthorizationMessageException,
     "InvalidAuthorizationMessageException",
     absl::StatusCode::kInvalidArgument},
    {ErrorCode::kNoSuchEntity, "NoSuchEntity", absl::StatusCode::kNotFound},
    {ErrorCode::kNotImplemented, "NotImplemented",
     absl::StatusCode::kUnimplemented},
    {ErrorCode::kMissingAuthenticationToken, "MissingAuthenticationToken",
     absl::StatusCode::kUnauthenticated},
    {ErrorCode::kInvalidClientTokenId, "InvalidClientTokenId",
     absl::StatusCode::kUnauthenticated},
    {ErrorCode::kExpiredToken, "ExpiredToken",
     absl::StatusCode::kUnauthenticated},
    {ErrorCode::kInvalidIdentityToken, "InvalidIdentityToken",
     absl::StatusCode::kUnauthenticated},
    {ErrorCode::kExpiredTokenException, "ExpiredTokenException",
     absl::StatusCode::kUnauthenticated},
    {ErrorCode::kIdpRejectedClaim, "IDPRejectedClaim",
     absl::StatusCode::kUnauthenticated},
    {ErrorCode::kAccessDenied, "AccessDenied",
     absl::StatusCode::kPermissionDenied},
    {ErrorCode::kRegistryNotLoaded, "RegistryNotLoaded",
     absl::StatusCode::kUnavailable},
    {ErrorCode::kRegistryFaults, "RegistryFaults",
     absl::StatusCode::kFailedPrecondition},
    {ErrorCode::kIdpCommunicationError, "IDPCommunicationError",
     absl::StatusCode::kUnavailable},
    {ErrorCode::kServiceUnavailable, "ServiceUnavailable",
     absl::StatusCode::kUnavailable},
    {ErrorCode::kThrottling, "Throttling",
     absl::StatusCode::kResourceExhausted},
    {ErrorCode::kBudgetExceeded, "EvaluationBudgetExceeded",
     absl::StatusCode::kResourceExhausted},
    {ErrorCode::kRequestCanceled, "RequestCanceled",
     absl::StatusCode::kCancelled},
    {ErrorCode::kInternalFailure, "InternalFailure",
     absl::StatusCode::kInternal},
}};

constexpr bool ErrorsAreInOrder() {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    if (static_cast<std::size_t>(kErrors[i].code) != i) return false;
  }
  return static_cast<std::size_t>(ErrorCode::kInternalFailure) + 1 ==
         kErrors.size();
}
static_assert(ErrorsAreInOrder());

constexpr absl::string_view ErrorName(ErrorCode code) {
  return kErrors[static_cast<std::size_t>(code)].name;
}

// Returns the code with the same number as gRPC's StatusCode.
constexpr absl::StatusCode StatusCodeOf(ErrorCode code) {
  return kErrors[static_cast<std::size_t>(code)].status;
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ERROR_CODE_H_
