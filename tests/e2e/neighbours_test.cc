// Callers beside others who ask too much, too often or badly: whoever is polite
// is answered.

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/rude_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

constexpr char kAuthorize[] = "/rolegate.v1.AuthorizationService/Authorize";
constexpr char kBatch[] = "/rolegate.v1.AuthorizationService/BatchAuthorize";
constexpr char kStream[] = "/rolegate.v1.AuthorizationService/AuthorizeStream";
constexpr char kValidate[] = "/rolegate.v1.PolicyService/Validate";
constexpr char kWatch[] = "/rolegate.v1.RegistryService/Watch";
// Every address of 127.0.0.0/8 is a peer of its own.
constexpr char kElsewhere[] = "127.0.0.2";

class Neighbours : public ::testing::Test {
 protected:
  Neighbours() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
    // Whoever has this role makes each check pass many statements in vain.
    std::vector<std::string> statements;
    for (int i = 0; i < 200; ++i) {
      statements.push_back(absl::StrCat(
          R"({"Effect": "Allow", "Action": "s3:GetObject", "Resource":
          "arn:aws:s3:::*b)",
          i, R"(*c*"})"));
    }
    statements.push_back(
        R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})");
    dir_.Write(
        "registry/slow.json",
        Role("Slow", Trust(kEc2), Policy(absl::StrJoin(statements, ","))));
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

  // Somebody at another address, with a session.
  RudeOptions Rude() {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn("Slow"));
    request.set_role_session_name("rude");
    RudeOptions options;
    options.server = server_->address(1);
    options.source = kElsewhere;
    options.token = Unix().AssumeRole(request)->credentials().session_token();
    return options;
  }

  static std::string Question() {
    v1::AuthorizeRequest request;
    request.set_action("s3:GetObject");
    request.set_resource("*");
    return request.SerializeAsString();
  }
  static v1::BatchAuthorizeRequest Batch(int checks,
                                         const std::string& object = "a") {
    v1::BatchAuthorizeRequest request;
    for (int i = 0; i < checks; ++i) {
      auto* const check = request.add_checks();
      check->set_action("s3:GetObject");
      check->set_resource("arn:aws:s3:::bucket/" + object);
    }
    return request;
  }
  // A document that takes its time.
  static v1::ValidateRequest Document(int statements) {
    std::string text = R"({"Version": "2012-10-17", "Statement": [)";
    for (int i = 0; i < statements; ++i) {
      absl::StrAppend(&text, i == 0 ? "" : ",",
                      R"({"Effect": "Allow", "Action": "s3:Get*", "Resource":
                      "arn:aws:s3:::b/*"})");
    }
    v1::ValidateRequest request;
    request.set_document(text + "]}");
    request.set_kind(v1::POLICY_KIND_IDENTITY);
    return request;
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

  // Who hears at once that a call came too early.
  Client Impatient(const std::string& principal) {
    ClientOptions options;
    options.server = server_->address();
    options.principal = principal;
    options.deadline = absl::Seconds(20);
    options.retries = false;
    return *Client::Connect(options);
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

TEST_F(Neighbours, WhoDoesNotReadItsAnswersHoldsNoPlace) {
  Serve("limits: {max_in_flight: 8}\n");
  RudeOptions options = Rude();
  options.window = 0;
  std::vector<std::unique_ptr<RudeClient>> rude;
  for (const char* path : {kAuthorize, kBatch, kValidate}) {
    const std::string message = path == kBatch ? Batch(200).SerializeAsString()
                                : path == kValidate
                                    ? Document(1).SerializeAsString()
                                    : Question();
    for (int i = 0; i < 3; ++i) {
      rude.push_back(std::make_unique<RudeClient>(options));
      // As many as find a place at once, again and again.
      for (int n = 0; n < 10; ++n) {
        for (int m = 0; m < 4; ++m) rude.back()->Open(path, message);
        rude.back()->Exchange(absl::Milliseconds(20));
      }
    }
  }
  const Client ec2 = Unix();
  const Client session = ec2.WithSession(AssumeOrDie(ec2, RoleArn("Reader")));
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    answered += session.IsAllowed("s3:GetObject", "*");
    answered += session.BatchAuthorize(Batch(200)).ok();
    answered += Assume(ec2).ok();
  }
  EXPECT_EQ(answered, 150);
  int held = 0;
  for (const auto& each : rude) held += each->opened() - each->ended();
  EXPECT_GT(held, 100) << "meanwhile they waited to be read";
}

TEST_F(Neighbours, AFloodOfWorkLeavesTheOthersTheirShare) {
  Serve("limits: {max_in_flight: 16}\n");
  const RudeOptions options = Rude();
  const std::string heavy = Document(300).SerializeAsString();
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  std::thread flood([&] {
    while (!stop) {
      RudeClient rude(options);
      for (int i = 0; i < 60; ++i) rude.Open(kValidate, heavy);
      rude.Exchange(absl::Milliseconds(500));
      refused += rude.throttled();
    }
  });
  EXPECT_TRUE(Eventually([&] { return refused > 0; }))
      << "the places are used up";
  const Client session =
      Tcp().WithSession(AssumeOrDie(Unix(), RoleArn("Reader")));
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    answered += session.Validate(Document(1)).ok();
  }
  stop = true;
  flood.join();
  EXPECT_GE(answered, 95);
}

TEST_F(Neighbours, NothingIsAnsweredForCallersWhoAreGone) {
  const std::string audit = dir_.path("audit.ndjson");
  Serve(absl::StrCat("audit: {path: ", audit, "}\n"));
  constexpr int kBatches = 60;
  constexpr int kChecks = 500;
  const RudeOptions options = Rude();
  const std::string batch =
      Batch(kChecks, std::string(60, 'a')).SerializeAsString();
  std::vector<std::unique_ptr<RudeClient>> rude;
  for (int i = 0; i < kBatches; ++i) {
    rude.push_back(std::make_unique<RudeClient>(options));
    rude.back()->Exchange(absl::ZeroDuration());
  }
  absl::SleepFor(absl::Milliseconds(100));  // they are connected
  std::vector<std::int32_t> streams;
  for (const auto& each : rude) {
    streams.push_back(each->Open(kBatch, batch));
    each->Exchange(absl::ZeroDuration());
  }
  for (int i = 0; i < kBatches; ++i) {
    const auto n = static_cast<std::size_t>(i);
    rude[n]->Cancel(streams[n]);
    rude[n]->Exchange(absl::ZeroDuration());
  }
  const Client session =
      Unix().WithSession(AssumeOrDie(Unix(), RoleArn("Reader")));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(session.BatchAuthorize(Batch(kChecks)).ok());
  }
  EXPECT_EQ(server_->Stop(), 0);
  const std::string records = dir_.Read("audit.ndjson");
  EXPECT_EQ(records.find("audit_loss"), std::string::npos);
  const auto lines = std::count(records.begin(), records.end(), '\n');
  EXPECT_GE(lines, 20 * kChecks) << "of those who waited, all";
  EXPECT_LT(lines, (20 + kBatches / 2) * kChecks)
      << "of those who went, only what had begun";
}

TEST_F(Neighbours, IdleStreamsMakeRoomForOthers) {
  Serve("limits: {max_open_streams: 20}\n");
  const RudeOptions options = Rude();
  RudeClient rude(options);
  for (int i = 0; i < 20; ++i) {
    rude.Open(kStream, "", /*half_open=*/true);
    rude.Open(kWatch, "");
  }
  rude.Exchange(absl::Seconds(1));
  EXPECT_EQ(rude.throttled(), 22) << "a tenth is kept for others";

  const Client session =
      Tcp().WithSession(AssumeOrDie(Unix(), RoleArn("Reader")));
  std::vector<std::unique_ptr<AuthorizeStream>> polite;
  for (int i = 0; i < 8; ++i) {
    polite.push_back(session.OpenAuthorizeStream());
    v1::AuthorizeStreamRequest request;
    *request.mutable_batch() = Batch(1);
    v1::AuthorizeStreamResponse response;
    EXPECT_TRUE(polite.back()->Write(request));
    EXPECT_TRUE(polite.back()->Read(&response)) << i;
  }
  EXPECT_TRUE(session.IsAllowed("s3:GetObject", "*"))
      << "streams count apart from calls";
  rude.Exchange(absl::Seconds(1));
  EXPECT_EQ(rude.unavailable(), 6) << "who holds the most gave them";
}

TEST_F(Neighbours, AStreamThatNobodyUsesEnds) {
  Serve("limits: {max_stream_idle: 1s}\n");
  const Client session =
      Unix().WithSession(AssumeOrDie(Unix(), RoleArn("Reader")));
  v1::AuthorizeStreamRequest request;
  *request.mutable_batch() = Batch(1);
  v1::AuthorizeStreamResponse response;
  const auto idle = session.OpenAuthorizeStream();
  ASSERT_TRUE(idle->Write(request));
  ASSERT_TRUE(idle->Read(&response));
  const auto watch = session.WatchRegistry();
  v1::WatchResponse revision;
  ASSERT_TRUE(watch->Read(&revision));
  EXPECT_FALSE(watch->Read(&revision));
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(idle->Read(&response));
  const absl::Status status = idle->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(status), "ServiceUnavailable");
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr("open it again"));

  const auto used = session.OpenAuthorizeStream();
  for (int i = 0; i < 15; ++i) {
    ASSERT_TRUE(used->Write(request));
    ASSERT_TRUE(used->Read(&response));
    absl::SleepFor(absl::Milliseconds(200));
  }
}

TEST_F(Neighbours, AnswersThatNobodyTakesAreGivenUpInTime) {
  Serve("limits: {max_unsent_time: 1s}\n");
  RudeOptions options = Rude();
  options.window = 0;
  RudeClient rude(options);
  for (int i = 0; i < 50; ++i) rude.Open(kAuthorize, Question());
  v1::AuthorizeStreamRequest request;
  *request.mutable_batch() = Batch(1);
  rude.Open(kStream, request.SerializeAsString(), /*half_open=*/true);
  rude.Exchange(absl::Seconds(10));
  EXPECT_EQ(rude.ended(), 51);
  EXPECT_EQ(rude.answered(), 0);
}

TEST_F(Neighbours, AnswersThatNobodyTakesAreBoundedInMemory) {
  // They would come to 30 MiB and more.
  Serve("limits: {max_unsent_bytes: 4194304}\n");
  RudeOptions options = Rude();
  options.window = 0;
  RudeClient rude(options);
  for (int i = 0; i < 200; ++i) {
    rude.Open(kBatch, Batch(100).SerializeAsString());
  }
  rude.Exchange(absl::Seconds(3));
  EXPECT_GT(rude.given_up(), 100) << "the oldest were given up";
  EXPECT_LT(rude.ended(), 200) << "and no more than had to be";
  const Client session =
      Unix().WithSession(AssumeOrDie(Unix(), RoleArn("Reader")));
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(session.BatchAuthorize(Batch(100)).ok());
  }
}

TEST_F(Neighbours, AStoppingServerWaitsForAnswersOnlySoLong) {
  Serve("limits: {drain_timeout: 1s}\n");
  RudeOptions options = Rude();
  options.window = 0;
  RudeClient rude(options);
  for (int i = 0; i < 50; ++i) rude.Open(kAuthorize, Question());
  rude.Exchange(absl::Milliseconds(500));
  EXPECT_EQ(server_->Stop(), 0);
}

TEST_F(Neighbours, AGatewaysCallersAreCountedOneByOne) {
  const std::string listener =
      absl::StrCat("listeners: [{address: 'unix:", dir_.path("g"),
                   "', principals: ['service:*']}]\n");
  const auto serve = [&](const std::string& limits) {
    server_.emplace(std::vector<std::string>{
        "--config",
        dir_.Write("rolegated.yaml",
                   absl::StrCat("registry: {dir: ", dir_.path("registry"),
                                "}\n", listener, "limits: {", limits,
                                "max_assume_roles_per_second: 1}"
                                "\n"))});
    ASSERT_TRUE(server_->serving()) << server_->log();
  };
  serve("");
  const auto greedy = [&] { return Assume(Impatient("service:greedy")); };
  const auto ec2 = [&] {
    return Assume(Impatient("service:ec2.amazonaws.com"));
  };
  EXPECT_GT(UntilThrottled(greedy), 10);
  EXPECT_EQ(ErrorReason(ec2()), "Throttling") << "one socket is one peer";
  server_.reset();
  serve(absl::StrCat("trusted_gateways: ['unix:", dir_.path("g"), "'], "));
  EXPECT_GT(UntilThrottled(greedy), 10);
  EXPECT_TRUE(ec2().ok());
  server_.reset();
  serve("trusted_gateways: ['service:greedy'], ");
  EXPECT_GT(UntilThrottled(greedy), 10);
  EXPECT_TRUE(ec2().ok()) << "whom a gateway's name covers, its peer forgets";
}

}  // namespace
}  // namespace rolegate::testing
