// What Rolegate is for, told by calls to the real server.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

class Story : public ::testing::Test {
 protected:
  Story() {
    registry_.Write("reader.json",
                    Role("Reader", Trust(kEc2),
                         Allow("s3:GetObject", "arn:aws:s3:::bucket/*")));
    registry_.Write(
        "other.json",
        Role("Other",
             Trust(R"({"AWS": "arn:aws:iam::123456789012:role/Chainer"})"),
             Allow("s3:*"), "", "210987654321"));
    registry_.Write("chainer.json",
                    Role("Chainer", Trust(kEc2), Allow("sts:AssumeRole")));
    server_.emplace(std::vector<std::string>{
        "--registry", registry_.path(), "--listen", "127.0.0.1:0", "--dev",
        "--audit", audit_.path("audit.ndjson")});
    EXPECT_TRUE(server_->serving()) << server_->log();
  }

  Client Ec2() { return server_->Connect("service:ec2.amazonaws.com"); }

  TempDir registry_;
  TempDir audit_;
  std::optional<ServerProcess> server_;
};

TEST_F(Story, SessionMayDoWhatItsRoleMay) {
  const Client session =
      Ec2().WithSession(AssumeOrDie(Ec2(), RoleArn("Reader")));
  EXPECT_TRUE(session.IsAllowed("s3:GetObject", "arn:aws:s3:::bucket/a"));
  EXPECT_FALSE(session.IsAllowed("s3:PutObject", "arn:aws:s3:::bucket/a"));
  EXPECT_FALSE(session.IsAllowed("s3:GetObject", "arn:aws:s3:::other/a"));
  const auto identity = session.GetCallerIdentity();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->account(), "123456789012");
  EXPECT_EQ(identity->arn(),
            "arn:aws:sts::123456789012:assumed-role/Reader/test");
  EXPECT_EQ(identity->user_id(), "AROAReader:test");
}

TEST_F(Story, SessionPolicyNarrows) {
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Reader"));
  request.set_role_session_name("narrow");
  request.set_policy(Allow("s3:GetObject", "arn:aws:s3:::bucket/public/*"));
  const auto response = Ec2().AssumeRole(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_GT(response->packed_policy_size(), 0);
  const Client session =
      Ec2().WithSession(response->credentials().session_token());
  EXPECT_TRUE(
      session.IsAllowed("s3:GetObject", "arn:aws:s3:::bucket/public/a"));
  EXPECT_FALSE(session.IsAllowed("s3:GetObject", "arn:aws:s3:::bucket/a"));
}

TEST_F(Story, SessionsChainAcrossAccounts) {
  const Client chainer =
      Ec2().WithSession(AssumeOrDie(Ec2(), RoleArn("Chainer")));
  const Client other =
      Ec2().WithSession(AssumeOrDie(chainer, RoleArn("Other", "210987654321")));
  EXPECT_TRUE(other.IsAllowed("s3:PutObject", "arn:aws:s3:::x/y"));
}

TEST_F(Story, RefusalsSayTheSameWhateverRefused) {
  v1::AssumeRoleRequest request;
  request.set_role_session_name("test");
  for (const char* role : {"Other", "DoesNotExist"}) {
    request.set_role_arn(RoleArn(role, "210987654321"));
    const auto response = Ec2().AssumeRole(request);
    EXPECT_EQ(ErrorReason(response.status()), "AccessDenied");
    EXPECT_EQ(response.status().message(),
              absl::StrCat("User: ec2.amazonaws.com is not authorized to "
                           "perform: sts:AssumeRole on resource: ",
                           request.role_arn()));
  }
}

TEST_F(Story, BatchAnswersInOrderOnOneRevision) {
  const Client session =
      Ec2().WithSession(AssumeOrDie(Ec2(), RoleArn("Reader")));
  v1::BatchAuthorizeRequest request;
  for (const char* action : {"s3:GetObject", "s3:PutObject", "s3:GetObject"}) {
    auto* const check = request.add_checks();
    check->set_action(action);
    check->set_resource("arn:aws:s3:::bucket/a");
  }
  const auto response = session.BatchAuthorize(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results_size(), 3);
  EXPECT_EQ(response->results(0).decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(response->results(1).decision(), v1::DECISION_IMPLICIT_DENY);
  EXPECT_EQ(response->results(2).decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(response->registry_revision().size(), 64u);
}

TEST_F(Story, AuditTellsWhoDidWhatAndWhyButNoToken) {
  const std::string token = AssumeOrDie(Ec2(), RoleArn("Reader"));
  const Client session = Ec2().WithSession(token);
  session.IsAllowed("s3:GetObject", "arn:aws:s3:::bucket/a");
  EXPECT_EQ(server_->Stop(), 0);
  const std::string audit = audit_.Read("audit.ndjson");
  EXPECT_THAT(audit, HasSubstr(R"("kind":"assume_role")"));
  EXPECT_THAT(audit, HasSubstr(R"("caller":"ec2.amazonaws.com")"));
  EXPECT_THAT(audit, HasSubstr(R"("kind":"authorize")"));
  EXPECT_THAT(audit, HasSubstr(R"("action":"s3:GetObject")"));
  EXPECT_THAT(audit, HasSubstr(R"("statement":{"policy":"p")"));
  EXPECT_THAT(audit, ::testing::Not(HasSubstr(token)));
  EXPECT_THAT(server_->log(), ::testing::Not(HasSubstr(token)));
}

}  // namespace
}  // namespace rolegate::testing
