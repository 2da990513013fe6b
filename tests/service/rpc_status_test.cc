// What an error becomes on the wire: a code, a message, and details that fit
// into the metadata which clients take.

#include "service/rpc/rpc_status.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/error_details.pb.h"

namespace rolegate::service {
namespace {

using ::testing::StartsWith;

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
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
std::size_t TrailerBytes(const grpc::Status& status) {
  std::size_t bytes = (status.error_details().size() + 2) / 3 * 4;
  for (char c : status.error_message()) {
    bytes += c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3;
  }
  return bytes;
}

TEST(RpcStatus, DetailsRepeatTheMessageForThoseWhoLookThereAlone) {
  const grpc::Status status =
      ToRpcStatus({ErrorCode::kValidationError, "`role_arn` is no ARN", {}});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "`role_arn` is no ARN");
  const google::rpc::Status details = DetailsOf(status);
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(details.message(), status.error_message());
  EXPECT_EQ(InfoOf(details).reason(), "ValidationError");
}

TEST(RpcStatus, EveryErrorHasItsNameAndItsCode) {
  const std::map<std::string, grpc::StatusCode> expected = {
      {"ValidationError", grpc::StatusCode::INVALID_ARGUMENT},
      {"InvalidParameterValue", grpc::StatusCode::INVALID_ARGUMENT},
      {"MalformedPolicyDocument", grpc::StatusCode::INVALID_ARGUMENT},
      {"PackedPolicyTooLarge", grpc::StatusCode::INVALID_ARGUMENT},
      {"InvalidAuthorizationMessageException",
       grpc::StatusCode::INVALID_ARGUMENT},
      {"NoSuchEntity", grpc::StatusCode::NOT_FOUND},
      {"NotImplemented", grpc::StatusCode::UNIMPLEMENTED},
      {"MissingAuthenticationToken", grpc::StatusCode::UNAUTHENTICATED},
      {"InvalidClientTokenId", grpc::StatusCode::UNAUTHENTICATED},
      {"ExpiredToken", grpc::StatusCode::UNAUTHENTICATED},
      {"InvalidIdentityToken", grpc::StatusCode::UNAUTHENTICATED},
      {"ExpiredTokenException", grpc::StatusCode::UNAUTHENTICATED},
      {"IDPRejectedClaim", grpc::StatusCode::UNAUTHENTICATED},
      {"AccessDenied", grpc::StatusCode::PERMISSION_DENIED},
      {"RegistryNotLoaded", grpc::StatusCode::UNAVAILABLE},
      {"RegistryFaults", grpc::StatusCode::FAILED_PRECONDITION},
      {"IDPCommunicationError", grpc::StatusCode::UNAVAILABLE},
      {"ServiceUnavailable", grpc::StatusCode::UNAVAILABLE},
      {"Throttling", grpc::StatusCode::RESOURCE_EXHAUSTED},
      {"EvaluationBudgetExceeded", grpc::StatusCode::RESOURCE_EXHAUSTED},
      {"RequestCanceled", grpc::StatusCode::CANCELLED},
      {"InternalFailure", grpc::StatusCode::INTERNAL},
  };
  std::map<std::string, grpc::StatusCode> seen;
  for (const ErrorInfo& error : kErrors) {
    const grpc::Status status = ToRpcStatus({error.code, "a message", {}});
    seen[InfoOf(DetailsOf(status)).reason()] = status.error_code();
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
    const grpc::Status status = ToRpcStatus(c.error, c.faults);
    EXPECT_LT(TrailerBytes(status), kMetadataBytes - 256);
    const google::rpc::Status details = DetailsOf(status);
    EXPECT_FALSE(details.message().empty());
    EXPECT_THAT(status.error_message(), StartsWith(details.message()));
    const google::rpc::ErrorInfo info = InfoOf(details);
    EXPECT_EQ(info.reason(), ErrorName(c.error.code));
    EXPECT_EQ(info.metadata().contains("encoded_message"), c.sealed);
  }
}

TEST(RpcStatus, MessagesAreCutBetweenCharacters) {
  std::string text(2047, 'a');
  text += "\xc3\xa4 and more";
  const grpc::Status status =
      ToRpcStatus({ErrorCode::kValidationError, text, {}});
  EXPECT_EQ(status.error_message(), std::string(2047, 'a'));
}

}  // namespace
}  // namespace rolegate::service
