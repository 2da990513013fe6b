// What an error becomes on the wire: a code, a message, and details that fit
// into the metadata which clients take.

#include "service/rpc/status.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/error_details.pb.h"

namespace rolegate::service {
namespace {

using ::testing::StartsWith;

google::rpc::Status DetailsOf(const RpcStatus& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.details));
  return details;
}

google::rpc::ErrorInfo InfoOf(const google::rpc::Status& details) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) break;
  }
  return info;
}

// As gRPC sends it: percent-encoded message, details in base64.
std::size_t TrailerBytes(const RpcStatus& status) {
  std::size_t bytes = (status.details.size() + 2) / 3 * 4;
  for (char c : status.message) {
    bytes += c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3;
  }
  return bytes;
}

TEST(RpcStatus, DetailsRepeatTheMessageForThoseWhoLookThereAlone) {
  const RpcStatus status =
      ToRpcStatus({ErrorCode::kValidationError, "`role_arn` is no ARN", {}});
  EXPECT_EQ(status.code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message, "`role_arn` is no ARN");
  const google::rpc::Status details = DetailsOf(status);
  EXPECT_EQ(details.code(), static_cast<int>(status.code));
  EXPECT_EQ(details.message(), status.message);
  EXPECT_EQ(InfoOf(details).reason(), "ValidationError");
}

TEST(RpcStatus, EveryErrorHasItsNameAndItsCode) {
  const std::map<std::string, absl::StatusCode> expected = {
      {"ValidationError", absl::StatusCode::kInvalidArgument},
      {"InvalidParameterValue", absl::StatusCode::kInvalidArgument},
      {"MalformedPolicyDocument", absl::StatusCode::kInvalidArgument},
      {"PackedPolicyTooLarge", absl::StatusCode::kInvalidArgument},
      {"InvalidAuthorizationMessageException",
       absl::StatusCode::kInvalidArgument},
      {"NoSuchEntity", absl::StatusCode::kNotFound},
      {"NotImplemented", absl::StatusCode::kUnimplemented},
      {"MissingAuthenticationToken", absl::StatusCode::kUnauthenticated},
      {"InvalidClientTokenId", absl::StatusCode::kUnauthenticated},
      {"ExpiredToken", absl::StatusCode::kUnauthenticated},
      {"InvalidIdentityToken", absl::StatusCode::kUnauthenticated},
      {"ExpiredTokenException", absl::StatusCode::kUnauthenticated},
      {"IDPRejectedClaim", absl::StatusCode::kUnauthenticated},
      {"AccessDenied", absl::StatusCode::kPermissionDenied},
      {"RegistryNotLoaded", absl::StatusCode::kUnavailable},
      {"RegistryFaults", absl::StatusCode::kFailedPrecondition},
      {"IDPCommunicationError", absl::StatusCode::kUnavailable},
      {"ServiceUnavailable", absl::StatusCode::kUnavailable},
      {"Throttling", absl::StatusCode::kResourceExhausted},
      {"EvaluationBudgetExceeded", absl::StatusCode::kResourceExhausted},
      {"RequestCanceled", absl::StatusCode::kCancelled},
      {"InternalFailure", absl::StatusCode::kInternal},
  };
  std::map<std::string, absl::StatusCode> seen;
  for (const ErrorInfo& error : kErrors) {
    const RpcStatus status = ToRpcStatus({error.code, "a message", {}});
    seen[InfoOf(DetailsOf(status)).reason()] = status.code;
  }
  EXPECT_EQ(seen, expected);
}

TEST(RpcStatus, WhateverAnErrorHoldsItFitsIntoMetadata) {
  constexpr std::size_t kMetadataBytes = 8192;
  const std::string umlaut = "\xc3\xa4";
  const std::string umlauts = [&] {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += umlaut;
    return text;
  }();
  Diagnostics faults(200);
  for (Diagnostic& fault : faults) fault.message = std::string(300, 'f');
  std::vector<FieldViolation> violations(
      100, {std::string(100, 'v'), std::string(1000, 'd')});
  struct {
    const char* name;
    ApiError error;
    Diagnostics faults;
    bool sealed;  // whether the record must have found room
  } const kCases[] = {
      {"short", {ErrorCode::kAccessDenied, "denied", {}, "sealed"}, {}, true},
      {"a usual record",
       {ErrorCode::kAccessDenied,
        std::string(500, 'm'),
        {},
        std::string(2900, 's')},
       {},
       true},
      {"long message",
       {ErrorCode::kAccessDenied,
        std::string(9000, 'm'),
        {},
        std::string(2900, 's')},
       {},
       true},
      {"a record that is too long",
       {ErrorCode::kAccessDenied, "denied", {}, std::string(9000, 's')},
       {},
       false},
      {"umlauts", {ErrorCode::kValidationError, umlauts, {}}, {}, false},
      {"violations",
       {ErrorCode::kValidationError, umlauts, violations},
       {},
       false},
      {"faults",
       {ErrorCode::kRegistryFaults, std::string(3000, 'm'), {}},
       faults,
       false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const RpcStatus status = ToRpcStatus(c.error, c.faults);
    EXPECT_LT(TrailerBytes(status), kMetadataBytes - 256);
    const google::rpc::Status details = DetailsOf(status);
    EXPECT_FALSE(details.message().empty());
    EXPECT_THAT(status.message, StartsWith(details.message()));
    const google::rpc::ErrorInfo info = InfoOf(details);
    EXPECT_EQ(info.reason(), ErrorName(c.error.code));
    EXPECT_EQ(info.metadata().contains("encoded_message"), c.sealed);
  }
}

TEST(RpcStatus, MessagesAreCutBetweenCharacters) {
  std::string text(2047, 'a');
  text += "\xc3\xa4 and more";
  const RpcStatus status = ToRpcStatus({ErrorCode::kValidationError, text, {}});
  EXPECT_EQ(status.message, std::string(2047, 'a'));
}

}  // namespace
}  // namespace rolegate::service
