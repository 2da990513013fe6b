// Callers beside others who ask too much, too often or badly: whoever is polite
// is answered.

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

class Neighbours : public ::testing::Test {
 protected:
  Neighbours() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  }

  // A server on a Unix socket, whose callers are EC2, and on TCP, where every
  // caller brings a session.
  void Serve(const std::string& more) {
    server_.emplace(std::vector<std::string>{
        "--config",
        dir_.Write(
            "rolegated.yaml",
            absl::StrCat("registry: {dir: ", dir_.path("registry"),
                         "}\nlisteners: [{address: 'unix:", dir_.path("s"),
                         "', principal: 'service:ec2.amazonaws.com'}, "
                         "{address: '127.0.0.1:0'}]\n",
                         more))});
    ASSERT_TRUE(server_->serving()) << server_->log();
  }
  Client Unix() { return server_->Connect(""); }
  Client Tcp() {
    ClientOptions options;
    options.server = server_->address(1);
    options.deadline = absl::Seconds(20);
    return *Client::Connect(options);
  }

  // Calls until one is throttled; how many calls that took, or -1.
  static int UntilThrottled(const std::function<absl::Status()>& call) {
    for (int calls = 1; calls <= 2000; ++calls) {
      const absl::Status status = call();
      if (ErrorReason(status) != "Throttling") continue;
      EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
      return calls;
    }
    return -1;
  }

  static absl::Status Assume(const Client& client) {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn("Reader"));
    request.set_role_session_name("test");
    return client.AssumeRole(request).status();
  }

  // A token whose signature alone is wrong.
  static std::string Forged(std::string token) {
    char& digit = token[token.size() - 10];
    digit = digit == 'A' ? 'B' : 'A';
    return token;
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
};

TEST_F(Neighbours, ForgersOnASocketKeepNobodyOutWhoIsKnown) {
  // Ten at once; a second fills one.
  Serve("limits: {max_failures_per_second: 1}\n");
  const Client ec2 = Unix();
  const std::string known = AssumeOrDie(ec2, RoleArn("Reader"));
  ASSERT_TRUE(ec2.WithSession(known).GetCallerIdentity().ok());
  const Client forger = ec2.WithSession(Forged(known));
  EXPECT_GT(UntilThrottled([&] { return forger.GetCallerIdentity().status(); }),
            10);

  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(forger.GetCallerIdentity().ok());
    answered += ec2.GetCallerIdentity().ok();
    answered += ec2.WithSession(known).IsAllowed("s3:GetObject", "*");
    const std::string fresh = AssumeOrDie(ec2, RoleArn("Reader"));
    answered += ec2.WithSession(fresh).GetCallerIdentity().ok();
  }
  EXPECT_EQ(answered, 300);
}

TEST_F(Neighbours, WhatIsRefusedByItsShapeIsNotHeldAgainstAnybody) {
  Serve("limits: {max_failures_per_second: 1}\n");
  const Client ec2 = Unix();
  const std::string known = AssumeOrDie(ec2, RoleArn("Reader"));
  for (const std::string& token : {std::string("forged"), known + "x"}) {
    for (int i = 0; i < 50; ++i) {
      EXPECT_EQ(
          ErrorReason(ec2.WithSession(token).GetCallerIdentity().status()),
          "InvalidClientTokenId");
    }
  }
}

TEST_F(Neighbours, ForgeriesOfOnePeerAreCheckedSoOftenAndNoMore) {
  Serve("limits: {max_failures_per_second: 1}\n");
  const Client ec2 = Unix();
  const std::string token = AssumeOrDie(ec2, RoleArn("Reader"));
  const std::string forged = Forged(token);
  const Client tcp = Tcp();
  EXPECT_GT(UntilThrottled([&] {
              return tcp.WithSession(forged).GetCallerIdentity().status();
            }),
            10);
  // The same of a token that is a request's subject.
  EXPECT_GT(UntilThrottled([&] {
              v1::AuthorizeRequest request;
              request.set_session_token(forged);
              request.set_action("s3:GetObject");
              request.set_resource("*");
              return ec2.Authorize(request).status();
            }),
            10)
      << "another peer has failures of its own";
  EXPECT_TRUE(Eventually([&] {
    return ErrorReason(tcp.WithSession(forged).GetCallerIdentity().status()) ==
           "InvalidClientTokenId";
  })) << "later it is checked again";
}

TEST_F(Neighbours, WhoAsksForTooManySessionsGetsNoMore) {
  Serve("limits: {max_assume_roles_per_second: 1}\n");
  const Client ec2 = Unix();
  EXPECT_GT(UntilThrottled([&] { return Assume(ec2); }), 10);
  EXPECT_TRUE(ec2.GetCallerIdentity().ok()) << "other calls go on";
}

}  // namespace
}  // namespace rolegate::testing
