// Every refusal has a status, AWS's name, and a message that names the fault.

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

class Errors : public ::testing::Test {
 protected:
  Errors() {
    registry_.Write("reader.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
    server_.emplace(std::vector<std::string>{
        "--registry", registry_.path(), "--listen", "127.0.0.1:0", "--dev"});
    EXPECT_TRUE(server_->serving()) << server_->log();
  }
  Client Ec2() { return server_->Connect("service:ec2.amazonaws.com"); }

  TempDir registry_;
  std::optional<ServerProcess> server_;
};

TEST_F(Errors, AssumeRole) {
  struct {
    const char* name;
    std::function<void(v1::AssumeRoleRequest&)> change;
    absl::StatusCode code;
    const char* reason;
    const char* message;
  } const kCases[] = {
      {"session name", [](auto& r) { r.set_role_session_name("a b"); },
       absl::StatusCode::kInvalidArgument, "ValidationError",
       "roleSessionName"},
      {"role ARN", [](auto& r) { r.set_role_arn("x"); },
       absl::StatusCode::kInvalidArgument, "ValidationError", "roleArn"},
      {"short duration", [](auto& r) { r.set_duration_seconds(899); },
       absl::StatusCode::kInvalidArgument, "ValidationError",
       "durationSeconds"},
      {"longer than the role lets",
       [](auto& r) { r.set_duration_seconds(7200); },
       absl::StatusCode::kInvalidArgument, "ValidationError",
       "MaxSessionDuration"},
      {"policy", [](auto& r) { r.set_policy("{}"); },
       absl::StatusCode::kInvalidArgument, "MalformedPolicyDocument",
       "Statement"},
      {"external ID", [](auto& r) { r.set_external_id(std::string("x")); },
       absl::StatusCode::kInvalidArgument, "ValidationError", "externalId"},
      {"tag that is reserved",
       [](auto& r) {
         auto* const tag = r.add_tags();
         tag->set_key("aws:x");
         tag->set_value("y");
       },
       absl::StatusCode::kInvalidArgument, "", "aws:"},
      {"a code without its device", [](auto& r) { r.set_token_code("123456"); },
       absl::StatusCode::kInvalidArgument, "ValidationError", "serial_number"},
      {"MFA that is not set up",
       [](auto& r) {
         r.set_serial_number("arn:aws:iam::123456789012:mfa/x");
         r.set_token_code("123456");
       },
       absl::StatusCode::kUnimplemented, "NotImplemented", "state_dir"},
      {"bound session", [](auto& r) { r.set_bind_to(v1::BIND_TO_SPIFFE); },
       absl::StatusCode::kInvalidArgument, "ValidationError", "bind_to"},
      {"context of the engine",
       [](auto& r) {
         (*r.mutable_context())["aws:PrincipalArn"].add_values("x");
       },
       absl::StatusCode::kInvalidArgument, "ValidationError",
       "aws:PrincipalArn"},
      {"tags need sts:TagSession",
       [](auto& r) {
         auto* const tag = r.add_tags();
         tag->set_key("a");
         tag->set_value("b");
       },
       absl::StatusCode::kPermissionDenied, "AccessDenied",
       "sts:AssumeRole, sts:TagSession"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn("Reader"));
    request.set_role_session_name("test");
    c.change(request);
    const absl::Status status = Ec2().AssumeRole(request).status();
    EXPECT_EQ(status.code(), c.code) << status;
    if (*c.reason != '\0') {
      EXPECT_EQ(ErrorReason(status), c.reason);
    }
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST_F(Errors, Authorize) {
  struct {
    const char* name;
    std::function<void(v1::AuthorizeRequest&)> change;
    const char* message;
  } const kCases[] = {
      {"no action", [](auto& r) { r.set_action(""); }, "`action`"},
      {"action with a wildcard", [](auto& r) { r.set_action("s3:*"); },
       "`action`"},
      {"no resource", [](auto& r) { r.set_resource(""); }, "`resource`"},
      {"resource account",
       [](auto& r) { r.set_resource_account(std::string("1")); },
       "`resource_account`"},
      {"key of the engine",
       [](auto& r) { (*r.mutable_context())["aws:userid"].add_values("x"); },
       "aws:userid"},
      {"ill-typed key",
       [](auto& r) { (*r.mutable_context())["aws:SourceIp"].add_values("x"); },
       "aws:SourceIp"},
      {"two keys that differ in case",
       [](auto& r) {
         (*r.mutable_context())["app:x"].add_values("1");
         (*r.mutable_context())["APP:X"].add_values("1");
       },
       "twice"},
      {"too many keys",
       [](auto& r) {
         for (int i = 0; i < 257; ++i) {
           (*r.mutable_context())[absl::StrCat("app:", i)].add_values("1");
         }
       },
       "256 keys"},
      {"tag of a role that the registry holds",
       [](auto& r) {
         r.set_action("iam:GetRole");
         r.set_resource(RoleArn("Reader"));
         (*r.mutable_context())["aws:ResourceTag/a"].add_values("b");
       },
       "aws:ResourceTag/a"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    v1::AuthorizeRequest request;
    request.set_action("s3:GetObject");
    request.set_resource("arn:aws:s3:::b/k");
    c.change(request);
    const absl::Status status = Ec2().Authorize(request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(ErrorReason(status), "ValidationError");
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST_F(Errors, IsAllowedTakesAnErrorForANoAndTellsIt) {
  absl::Status error = absl::UnknownError("as before");
  EXPECT_FALSE(Ec2().IsAllowed("ec2:Stop", "*", {}, &error));
  EXPECT_TRUE(error.ok()) << "a denial is an answer: " << error;
  EXPECT_FALSE(Ec2().IsAllowed("no action", "*", {}, &error));
  EXPECT_EQ(ErrorReason(error), "ValidationError") << error;
  EXPECT_FALSE(Ec2().IsAllowed("no action", "*"));
}

TEST_F(Errors, Batch) {
  v1::BatchAuthorizeRequest request;
  EXPECT_EQ(Ec2().BatchAuthorize(request).status().code(),
            absl::StatusCode::kInvalidArgument);
  for (int i = 0; i < 501; ++i) request.add_checks()->set_action("s3:Get");
  EXPECT_THAT(std::string(Ec2().BatchAuthorize(request).status().message()),
              HasSubstr("1 to 500"));
}

TEST_F(Errors, Tokens) {
  const std::string good = AssumeOrDie(Ec2(), RoleArn("Reader"));
  std::string flipped = good;
  flipped[good.size() - 10] = good[good.size() - 10] == 'A' ? 'B' : 'A';
  for (const std::string& token :
       {flipped, good.substr(0, good.size() - 4), std::string("x.y.z"),
        std::string("none"), good + "A"}) {
    const absl::Status status =
        Ec2().WithSession(token).GetCallerIdentity().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
    EXPECT_EQ(ErrorReason(status), "InvalidClientTokenId");
  }
}

TEST_F(Errors, NobodyNamesRootsOrSessions) {
  for (const char* principal :
       {"arn:aws:iam::123456789012:root", "service:", "x",
        "arn:aws:sts::123456789012:assumed-role/Reader/x"}) {
    EXPECT_EQ(
        ErrorReason(server_->Connect(principal).GetCallerIdentity().status()),
        "InvalidClientTokenId")
        << principal;
  }
}

}  // namespace
}  // namespace rolegate::testing
