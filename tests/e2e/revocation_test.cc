// Sessions that are over before their time, by a real server.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

class Revocation : public ::testing::Test {
 protected:
  Revocation() {
    // First may assume Second, which names it.
    dir_.Write("first.json", Role("First", Trust(kEc2), Allow("*"),
                                  R"(, "Tags": [{"Key": "a", "Value": "b"}])"));
    dir_.Write("second.json",
               Role("Second",
                    Trust(R"({"AWS": "arn:aws:iam::123456789012:role/First"})"),
                    Allow("*")));
    server_.emplace(std::vector<std::string>{
        "--registry", dir_.path(), "--listen", "127.0.0.1:0", "--dev"});
    EXPECT_TRUE(server_->serving()) << server_->log();
    ec2_.emplace(server_->Connect("service:ec2.amazonaws.com"));
  }

  static v1::AssumeRoleResponse Assume(const Client& client,
                                       const std::string& role) {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn(role));
    request.set_role_session_name("test");
    const auto response = client.AssumeRole(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::AssumeRoleResponse();
  }
  Client Session(const v1::AssumeRoleResponse& assumed) {
    return ec2_->WithSession(assumed.credentials().session_token());
  }
  static std::string Reason(const Client& client) {
    return ErrorReason(client.GetCallerIdentity().status());
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
  std::optional<Client> ec2_;
};

TEST_F(Revocation, EndsASessionAndAllThatCameOfItAtOnce) {
  const auto first = Assume(*ec2_, "First");
  const auto spared = Assume(*ec2_, "First");
  const auto second = Assume(Session(first), "Second");
  // Both tokens are in the cache of verified ones.
  ASSERT_TRUE(Session(first).IsAllowed("s3:GetObject", "*"));
  ASSERT_TRUE(Session(second).IsAllowed("s3:GetObject", "*"));
  const std::string before = ec2_->GetStatus()->revision();

  // In a generation that is held back for another file's fault.
  dir_.Write("broken.json", "{");
  dir_.Write("revoked.json",
             absl::StrCat(R"({"RevokedSessions": [{"AccessKeyId": ")",
                          first.credentials().access_key_id(),
                          R"(", "Reason": "a lost laptop"}]})"));
  ASSERT_TRUE(
      Eventually([&] { return Reason(Session(first)) == "ExpiredToken"; }));
  EXPECT_EQ(Reason(Session(second)), "ExpiredToken");
  EXPECT_EQ(Reason(Session(spared)), "");
  const auto status = ec2_->GetStatus();
  EXPECT_EQ(status->counts().revocations(), 1);
  EXPECT_EQ(status->faults_size(), 1);
  EXPECT_NE(status->revision(), before);

  v1::AuthorizeRequest about;
  about.set_action("s3:GetObject");
  about.set_resource("*");
  about.set_session_token(second.credentials().session_token());
  EXPECT_EQ(ErrorReason(ec2_->Authorize(about).status()), "ExpiredToken");
  v1::BatchAuthorizeRequest batch;
  batch.set_session_token(second.credentials().session_token());
  batch.add_checks()->set_action("s3:GetObject");
  batch.mutable_checks(0)->set_resource("*");
  EXPECT_EQ(ErrorReason(ec2_->BatchAuthorize(batch).status()), "ExpiredToken");
  v1::AssumeRoleRequest again;
  again.set_role_arn(RoleArn("Second"));
  again.set_role_session_name("again");
  EXPECT_EQ(ErrorReason(Session(first).AssumeRole(again).status()),
            "ExpiredToken");
  EXPECT_FALSE(Session(second).IsAllowed("s3:GetObject", "*"));
  EXPECT_TRUE(Session(spared).IsAllowed("s3:GetObject", "*"));

  // Taking the entry out forgives nothing until the directory is clean.
  dir_.Remove("revoked.json");
  ASSERT_FALSE(ec2_->Reload().ok());
  EXPECT_EQ(Reason(Session(first)), "ExpiredToken");
  dir_.Remove("broken.json");
  ASSERT_TRUE(ec2_->Reload().ok());
  EXPECT_EQ(Reason(Session(first)), "");
  EXPECT_EQ(ec2_->GetStatus()->revision(), before);
}

// AWS's own way: an inline policy that denies by the time of issue.
TEST_F(Revocation, AwsRevokeOlderSessions) {
  const auto old = Assume(*ec2_, "First");
  ASSERT_TRUE(Session(old).IsAllowed("s3:GetObject", "*"));
  const absl::Time cutoff = absl::Now() + absl::Seconds(1);
  const std::string revoke = absl::StrCat(
      R"({"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
          "Condition": {"DateLessThan": {"aws:TokenIssueTime": ")",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", cutoff, absl::UTCTimeZone()),
      R"("}}})");
  dir_.Write(
      "first.json",
      absl::StrCat(R"({"RoleName": "First", "RoleId": "AROAFirst", "Arn": ")",
                   RoleArn("First"), R"(", "AssumeRolePolicyDocument": )",
                   Trust(kEc2), R"(, "RolePolicyList": [
                   {"PolicyName": "p", "PolicyDocument": )",
                   Allow("*"), R"(}, {"PolicyName": "AWSRevokeOlderSessions",
                   "PolicyDocument": )",
                   Policy(revoke), "}]}"));
  ASSERT_TRUE(
      Eventually([&] { return !Session(old).IsAllowed("s3:GetObject", "*"); }));
  // It is a denial, not the end of the session.
  EXPECT_EQ(Reason(Session(old)), "");
  EXPECT_TRUE(Eventually([&] {
    return Session(Assume(*ec2_, "First")).IsAllowed("s3:GetObject", "*");
  }));
  EXPECT_FALSE(Session(old).IsAllowed("s3:GetObject", "*"));
}

}  // namespace
}  // namespace rolegate::testing
