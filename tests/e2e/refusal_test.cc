// Sealed refusals by a real server: nothing shows, and an administrator sees
// all.

#include <set>

#include "engine/json/json_document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char kAlice[] = "arn:aws:iam::123456789012:user/alice";

class Refusals : public ::testing::Test {
 protected:
  Refusals() {
    dir_.Write(
        "registry/reader.json",
        Role("Reader", Trust(kEc2), Policy(R"({"Sid": "Get", "Effect": "Allow",
                               "Action": "s3:Get*", "Resource": "*"},
                              {"Sid": "Never", "Effect": "Deny",
                               "Action": "s3:DeleteObject",
                               "Resource": "*"})")));
    // Trusts the account, so that the caller's own permission is needed.
    dir_.Write(
        "registry/delegated.json",
        Role("Delegated", Trust(R"({"AWS": "arn:aws:iam::123456789012:root"})"),
             Allow("*")));
    dir_.Write("registry/alice.json",
               R"({"UserName": "alice", "UserId": "AIDAALICE",
                   "Arn": "arn:aws:iam::123456789012:user/alice"})");
    const std::string admin =
        dir_.Write("admin.json", Policy(R"({"Effect": "Allow",
            "Principal": {"Service": "ops"},
            "Action": "rolegate:DecodeAuthorizationMessage",
            "Resource": "arn:rolegate:rolegate:::registry"})"));
    server_.emplace(std::vector<std::string>{
        "--registry", dir_.path("registry"), "--listen", "127.0.0.1:0", "--dev",
        "--admin-policy", admin});
    EXPECT_TRUE(server_->serving()) << server_->log();
  }

  absl::Status Assume(const std::string& caller, const std::string& role) {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn(role));
    request.set_role_session_name("test");
    return server_->Connect(caller).AssumeRole(request).status();
  }
  std::string Decode(const std::string& message) {
    const auto decoded =
        server_->Connect("service:ops").DecodeAuthorizationMessage(message);
    EXPECT_TRUE(decoded.ok()) << decoded.status();
    return decoded.ok() ? decoded->decoded_message() : "";
  }
  v1::AuthorizeResponse Authorize(const Client& client,
                                  const std::string& action) {
    v1::AuthorizeRequest request;
    request.set_action(action);
    request.set_resource("arn:aws:s3:::bucket/key");
    (*request.mutable_context())["aws:SourceIp"].add_values("10.0.0.7");
    const auto response = client.Authorize(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return *response;
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
};

TEST_F(Refusals, TheKindOfARefusalShowsNeitherInWordsNorInLength) {
  const struct {
    const char* role;  // names of one length
    const char* decoded;
  } kKinds[] = {
      {"Unknown00", "the registry does not hold the role"},
      {"Reader", "no role trust policy allows the sts:AssumeRole action"},
      {"Delegated", "no identity-based policy allows the sts:AssumeRole"},
  };
  std::set<std::size_t> sizes;
  for (const auto& kind : kKinds) {
    SCOPED_TRACE(kind.role);
    const absl::Status refused = Assume(kAlice, kind.role);
    EXPECT_EQ(ErrorReason(refused), "AccessDenied");
    EXPECT_EQ(std::string(refused.message()),
              absl::StrCat("User: ", kAlice,
                           " is not authorized to perform: sts:AssumeRole on "
                           "resource: ",
                           RoleArn(kind.role)));
    const std::string message = EncodedMessage(refused);
    ASSERT_NE(message, "");
    EXPECT_LE(message.size(), 10240u);
    sizes.insert(message.size());
    const std::string json = Decode(message);
    EXPECT_THAT(json, HasSubstr(kind.decoded));
    EXPECT_THAT(json, HasSubstr(R"("action":"sts:AssumeRole")"));
    EXPECT_THAT(json, HasSubstr(R"("principal":{"id":"AIDAALICE","arn":")"));
    EXPECT_THAT(json, HasSubstr(R"("key":"sts:RoleSessionName")"));
    JsonParseError error;
    EXPECT_NE(JsonDocument::Parse(json, {}, &error), nullptr) << json;
  }
  EXPECT_EQ(sizes.size(), 1u);
}

TEST_F(Refusals, TheActionThatWasRefusedIsNamed) {
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Reader"));
  request.set_role_session_name("test");
  auto* const tag = request.add_tags();
  tag->set_key("Team");
  tag->set_value("red");
  const absl::Status refused = server_->Connect("service:ec2.amazonaws.com")
                                   .AssumeRole(request)
                                   .status();
  EXPECT_EQ(ErrorReason(refused), "AccessDenied");
  const std::string json = Decode(EncodedMessage(refused));
  EXPECT_THAT(json, HasSubstr(R"("action":"sts:TagSession")"));
  EXPECT_THAT(json, HasSubstr(R"("key":"aws:RequestTag/Team")"));
  EXPECT_THAT(json, HasSubstr(R"("layers":{"trust":"IMPLICIT_DENY")"));
}

TEST_F(Refusals, ADeniedAuthorizeCarriesOneAndAnAllowedNone) {
  const Client session = server_->Connect(
      "", AssumeOrDie(server_->Connect("service:ec2.amazonaws.com"),
                      RoleArn("Reader")));
  EXPECT_EQ(Authorize(session, "s3:GetObject").encoded_message(), "");
  const auto denied = Authorize(session, "s3:DeleteObject");
  const std::string json = Decode(denied.encoded_message());
  EXPECT_THAT(json, HasSubstr(R"("explicitDeny":true)"));
  EXPECT_THAT(json, HasSubstr(R"({"statementId":"Never","effect":"DENY",)"
                              R"("layer":"identity","policy":"p",)"
                              R"("file":"reader.json","statementIndex":1})"));
  EXPECT_THAT(json, HasSubstr(R"({"key":"aws:SourceIp","values":{"items":)"
                              R"([{"value":"10.0.0.7"}]}})"));
  EXPECT_THAT(json, HasSubstr(denied.decision_id()));
  EXPECT_THAT(Decode(Authorize(session, "s3:PutObject").encoded_message()),
              HasSubstr(R"("explicitDeny":false)"));

  v1::BatchAuthorizeRequest batch;
  auto* const check = batch.add_checks();
  check->set_action("s3:DeleteObject");
  check->set_resource("*");
  EXPECT_EQ(session.BatchAuthorize(batch)->results(0).encoded_message(), "");
}

TEST_F(Refusals, OnlyAnAdministratorOpensThem) {
  const std::string message = EncodedMessage(Assume(kAlice, "Reader"));
  for (const char* other : {kAlice, "service:ec2.amazonaws.com"}) {
    const absl::Status refused =
        server_->Connect(other).DecodeAuthorizationMessage(message).status();
    EXPECT_EQ(ErrorReason(refused), "AccessDenied");
    // Nor is it told whether the message is one.
    EXPECT_EQ(refused.message(), server_->Connect(other)
                                     .DecodeAuthorizationMessage("oops")
                                     .status()
                                     .message());
  }
  const Client ops = server_->Connect("service:ops");
  EXPECT_EQ(ErrorReason(ops.DecodeAuthorizationMessage("oops").status()),
            "InvalidAuthorizationMessageException");
  for (const std::string& size : {std::string(), std::string(10241, 'A')}) {
    EXPECT_EQ(ErrorReason(ops.DecodeAuthorizationMessage(size).status()),
              "ValidationError");
  }
}

// What a client's limit on metadata would not take is left out, never the
// refusal.
TEST_F(Refusals, ALongNameStillGetsItsRefusal) {
  for (const std::string& name :
       {std::string(2000, 'x'), std::string(1900, '%')}) {
    const absl::Status refused = Assume(kAlice, name);
    EXPECT_EQ(ErrorReason(refused), "AccessDenied") << refused;
  }
}

}  // namespace
}  // namespace rolegate::testing
