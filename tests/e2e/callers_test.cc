// Who is calling: sockets, certificates, administration.

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

class Callers : public ::testing::Test {
 protected:
  Callers() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  }
  std::string Config(const std::string& text) {
    return dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n", text));
  }
  TempDir dir_;
};

TEST_F(Callers, AUnixSocketWithOnePrincipal) {
  ServerProcess server(
      {"--config",
       Config(absl::StrCat("listeners: [{address: 'unix:", dir_.path("s"),
                           "', principal: 'service:ec2."
                           "amazonaws.com'}]\n"))});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client client = server.Connect("");
  EXPECT_EQ(client.GetCallerIdentity()->arn(), "ec2.amazonaws.com");
  EXPECT_NE(AssumeOrDie(client, RoleArn("Reader")), "");
  EXPECT_EQ(
      ErrorReason(server.Connect("service:x").GetCallerIdentity().status()),
      "InvalidClientTokenId");
  // Nobody is an administrator without a policy that says so.
  EXPECT_EQ(ErrorReason(client.GetStatus().status()), "AccessDenied");
  EXPECT_EQ(ErrorReason(client.Reload().status()), "AccessDenied");
}

TEST_F(Callers, AUnixSocketWithPatterns) {
  ServerProcess server(
      {"--config",
       Config(absl::StrCat("listeners: [{address: 'unix:", dir_.path("s"),
                           "', principals: ['service:*.shop', "
                           "'arn:aws:iam::123456789012:user/"
                           "ci/*']}]\n"))});
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_TRUE(server.Connect("service:a.shop").GetCallerIdentity().ok());
  EXPECT_TRUE(server.Connect("arn:aws:iam::123456789012:user/ci/bot")
                  .GetCallerIdentity()
                  .ok());
  for (const char* other :
       {"service:ec2.amazonaws.com", "arn:aws:iam::123456789012:user/root"}) {
    EXPECT_EQ(ErrorReason(server.Connect(other).GetCallerIdentity().status()),
              "InvalidClientTokenId");
  }
  EXPECT_EQ(ErrorReason(server.Connect("").GetCallerIdentity().status()),
            "MissingAuthenticationToken");
}

TEST_F(Callers, TcpTakesNobodysWord) {
  ServerProcess server({"--config", Config(""), "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(ErrorReason(server.Connect("").GetCallerIdentity().status()),
            "MissingAuthenticationToken");
  EXPECT_EQ(
      ErrorReason(server.Connect("service:x").GetCallerIdentity().status()),
      "InvalidClientTokenId");
}

TEST_F(Callers, AdministratorsAreThoseOfThePolicyAlone) {
  dir_.Write("registry/admin.json", Role("Imported", Trust(kEc2), Allow("*")));
  const std::string admin =
      dir_.Write("admin.json",
                 Policy(R"({"Effect": "Allow", "Principal": {"Service": "ops"},
                 "Action": ["rolegate:ReadRegistry", "rolegate:AuthorizeAs"],
                 "Resource": "*"})"));
  ServerProcess server({"--config", Config(""), "--listen", "127.0.0.1:0",
                        "--dev", "--admin-policy", admin});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client ops = server.Connect("service:ops");
  EXPECT_TRUE(ops.GetStatus().ok());
  EXPECT_EQ(ErrorReason(ops.Reload().status()), "AccessDenied");
  const Client ec2 = server.Connect("service:ec2.amazonaws.com");
  EXPECT_EQ(ErrorReason(ec2.GetStatus().status()), "AccessDenied");
  // `Action: "*"` in the registry makes no administrator.
  const Client imported =
      ec2.WithSession(AssumeOrDie(ec2, RoleArn("Imported")));
  EXPECT_EQ(ErrorReason(imported.GetStatus().status()), "AccessDenied");

  v1::AuthorizeRequest request;
  request.set_principal(RoleArn("Reader"));
  request.set_action("s3:GetObject");
  request.set_resource("*");
  EXPECT_EQ(ops.Authorize(request)->decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(ErrorReason(ec2.Authorize(request).status()), "AccessDenied");
  request.set_explain(true);
  EXPECT_EQ(ErrorReason(ops.Authorize(request).status()), "AccessDenied");
}

}  // namespace
}  // namespace rolegate::testing
