// Who is calling: sockets, certificates, administration.

#include <grpcpp/create_channel.h>
#include <unistd.h>

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unknown_caller.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

// The message with which a call is refused that brings this.
std::string CallWithMetadata(const ServerProcess& server,
                             const std::string& key, const std::string& value) {
  const auto stub = v1::SecurityTokenService::NewStub(grpc::CreateChannel(
      server.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata(key, value);
  v1::GetCallerIdentityResponse response;
  return stub->GetCallerIdentity(&context, {}, &response).error_message();
}

constexpr char kNothing[] =
    "the call brings nothing that says who is calling: no session or token "
    "(`authorization: Bearer TOKEN`), no client certificate and no "
    "`rolegate-principal`";

TEST_F(Callers, WhoIsRefusedIsToldWhyAndSoAreOperators) {
  const std::string unix_listener =
      absl::StrCat("audit: {path: ", dir_.path("audit"),
                   "}\nlisteners: [{address: 'unix:", dir_.path("s"),
                   "', principals: ['service:*.shop']}]\n");
  const std::string tcp_listener =
      absl::StrCat("audit: {path: ", dir_.path("audit"),
                   "}\nlisteners: [{address: '127.0.0.1:0'}]\n");
  const struct {
    const char* name;
    const std::string& listener;
    const char* principal;
    const char* token;
    const char* error;
    const char* message;
  } kRows[] = {
      {"nothing over TCP", tcp_listener, "", "", "MissingAuthenticationToken",
       kNothing},
      {"a name over TCP", tcp_listener, "service:x", "", "InvalidClientTokenId",
       "this listener lets nobody name a principal"},
      {"no session", tcp_listener, "", "forged", "InvalidClientTokenId",
       "the session token is not valid: not three parts of base64url"},
      {"nothing over a socket", unix_listener, "", "",
       "MissingAuthenticationToken", kNothing},
      {"another's name", unix_listener, "service:ec2.amazonaws.com", "",
       "InvalidClientTokenId",
       "this listener lets nobody be `service:ec2.amazonaws.com`"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    dir_.Remove("audit");
    ServerProcess server({"--config", Config(row.listener)});
    ASSERT_TRUE(server.serving()) << server.log();
    const absl::Status refused =
        server.Connect(row.principal, row.token).GetCallerIdentity().status();
    EXPECT_EQ(ErrorReason(refused), row.error);
    EXPECT_EQ(refused.message(), row.message);
    ExpectTold(server, dir_, row.error, row.message);
    if (&row.listener == &unix_listener && !OverGrpc()) {
      EXPECT_TRUE(HasLine(
          dir_.Read("audit"),
          {{"kind", "authentication"},
           {"peer", absl::StrCat("unix:uid=", getuid(), ",pid=", getpid())}}))
          << dir_.Read("audit");
    }
  }
}

TEST_F(Callers, ASecretInTheWrongPlaceIsNotRepeated) {
  ServerProcess server(
      {"--config", Config(absl::StrCat("audit: {path: ", dir_.path("audit"),
                                       "}\nlisteners: [{address: "
                                       "'127.0.0.1:0'}]\n"))});
  ASSERT_TRUE(server.serving()) << server.log();
  const std::string wrong =
      "metadata `authorization` is no bearer token: expected `Bearer TOKEN`";
  const struct {
    const char* value;
    std::string message;
  } kRows[] = {
      {"hunter2", wrong},
      {"hunter2 hunter2", wrong},
      {"Basic aHVudGVyMg==", wrong + ", found the scheme `Basic`"},
      {"AWS4-HMAC-SHA256 Credential=hunter2",
       wrong + ", found the scheme `AWS4-HMAC-SHA256`"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(CallWithMetadata(server, "authorization", row.value),
              row.message);
  }
  EXPECT_EQ(server.Stop(), 0);
  for (const std::string& text : {server.log(), dir_.Read("audit")}) {
    EXPECT_THAT(text, HasSubstr("is no bearer token"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, Not(HasSubstr("aHVudGVyMg")));
  }
}

TEST_F(Callers, RefusalsByALimitAreSummed) {
  ServerProcess server(
      {"--config",
       Config(absl::StrCat("limits: {max_assume_roles_per_second: 1}\n",
                           "listeners: [{address: 'unix:", dir_.path("s"),
                           "', principal: 'service:ec2.amazonaws.com'}]\n"))});
  ASSERT_TRUE(server.serving()) << server.log();
  ClientOptions options;
  options.server = server.address();
  options.deadline = absl::Milliseconds(300);
  const Client client = *Client::Connect(options);
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Reader"));
  request.set_role_session_name("test");
  int refused = 0;
  for (int i = 0; i < 16; ++i) {
    if (!client.AssumeRole(request).ok()) ++refused;
  }
  EXPECT_GE(refused, 2);
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_TRUE(HasLine(server.log(),
                      {{"message", "a call is refused by load or by a limit"},
                       {"error", "Throttling"},
                       {"caller", "ec2.amazonaws.com"},
                       {"listener", absl::StrCat("unix:", dir_.path("s"))}}))
      << server.log();
  EXPECT_TRUE(HasLine(server.log(), {{"message",
                                      "more calls were refused by "
                                      "load or by a limit"},
                                     {"error", "Throttling"}}))
      << server.log();
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
