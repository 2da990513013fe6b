// What checks and calls may cost, as callers see it: a check that costs too
// much is denied and says why, alone as in a batch; a call that does fails
// whole.  A check that only takes long keeps nobody else waiting.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "service/net/health_check.h"
#include "tests/support/documents.h"
#include "tests/support/hostile_documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kBudget[] = "EvaluationBudgetExceeded";

// A pattern in which letters and `?` take turns: 63 of them at once are held
// against each byte of the text.
std::string CostlyPattern() {
  std::string pattern = "*";
  for (int i = 0; i < 500; ++i) pattern += "a?";
  return pattern + "b*";
}

std::string Costly() {
  return Policy(absl::StrCat(
      R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
          {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*",
           "Condition": {"StringLike": {"app:k": ")",
      CostlyPattern(), R"("}}})"));
}

// Trusts who brings an external id of this pattern, which costs much to find
// out about a long one.
std::string CostlyTrust() {
  return Policy(absl::StrCat(
      R"({"Effect": "Allow", "Action": "sts:AssumeRole",
                       "Principal": )",
      kEc2, R"(, "Condition": {"StringLike": {"sts:ExternalId": [)",
      R"("open", ")", CostlyPattern(), R"("]}}})"));
}

const char kOpsAdminister[] =
    R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ops"}, "Action": "rolegate:*",
        "Resource": "*"}]})";

class Budgets : public ::testing::Test {
 protected:
  void Start(std::uint64_t check_steps, std::uint64_t call_steps,
             const std::string& more_limits = "") {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Costly()));
    dir_.Write("registry/trusting.json",
               Role("Trusting", CostlyTrust(), Allow("s3:*")));
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry:\n  dir: ", dir_.path("registry"),
                     "\n  limits: {max_policy_steps: 1000000000}\n"
                     "limits: {max_check_steps: ",
                     check_steps, ", max_call_steps: ", call_steps, more_limits,
                     "}\n", "audit: {path: ", dir_.path("audit"),
                     "}\nhealth_listen: '127.0.0.1:0'\nadmin_policy: ",
                     dir_.Write("admin.json", kOpsAdminister), "\n"));
    server_.emplace(std::vector<std::string>{"--config", config, "--listen",
                                             "127.0.0.1:0", "--dev"});
    ASSERT_TRUE(server_->serving()) << server_->log();
    token_ = AssumeOrDie(server_->Connect("service:ec2.amazonaws.com"),
                         RoleArn("Reader"));
    client_ = server_->Connect("", token_);
  }

  static v1::AuthorizeRequest Ask(std::size_t bytes) {
    v1::AuthorizeRequest request;
    request.set_action("s3:GetObject");
    request.set_resource("arn:aws:s3:::b/k");
    (*request.mutable_context())["app:k"].add_values(std::string(bytes, 'a'));
    return request;
  }
  static v1::BatchAuthorizeRequest Batch(std::size_t bytes, int checks) {
    v1::BatchAuthorizeRequest batch;
    *batch.mutable_context() = Ask(bytes).context();
    for (int i = 0; i < checks; ++i) {
      batch.add_checks()->set_action("s3:GetObject");
      batch.mutable_checks(i)->set_resource(absl::StrCat("arn:aws:s3:::b/", i));
    }
    return batch;
  }

  // The records of the audit log that hold `text`, once there are `least`.
  std::vector<std::string> Records(const std::string& text, std::size_t least) {
    std::vector<std::string> found;
    Eventually([&] {
      found.clear();
      for (absl::string_view line :
           absl::StrSplit(dir_.Read("audit"), '\n', absl::SkipEmpty())) {
        if (absl::StrContains(line, text)) found.emplace_back(line);
      }
      return found.size() >= least;
    });
    return found;
  }

  // What is sealed in a refusal.
  std::string Reason(const absl::Status& refused) const {
    const auto decoded =
        server_->Connect("service:ops")
            .DecodeAuthorizationMessage(EncodedMessage(refused));
    EXPECT_TRUE(decoded.ok()) << decoded.status();
    return decoded.ok() ? decoded->decoded_message() : "";
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
  std::string token_;
  std::optional<Client> client_;
};

TEST_F(Budgets, ACheckThatCostsTooMuchIsDeniedAndSaysSo) {
  Start(500'000, 100'000'000);
  const auto small = client_->Authorize(Ask(1000));
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_EQ(small->decision(), v1::DECISION_ALLOW) << small->reason();
  const auto large = client_->Authorize(Ask(60'000));
  ASSERT_TRUE(large.ok()) << large.status();
  EXPECT_EQ(large->decision(), v1::DECISION_IMPLICIT_DENY);
  EXPECT_THAT(large->reason(), HasSubstr(kBudget));
  EXPECT_FALSE(large->encoded_message().empty());
  EXPECT_TRUE(Eventually(
      [&] { return absl::StrContains(dir_.Read("audit"), kBudget); }));
}

// The checks of a batch are answered as they are one by one, whatever they
// cost.
TEST_F(Budgets, ABatchAnswersAsALoop) {
  Start(500'000, 100'000'000);
  for (std::size_t bytes = 1000; bytes <= 60'000; bytes += 2950) {
    const auto alone = client_->Authorize(Ask(bytes));
    ASSERT_TRUE(alone.ok()) << alone.status();
    const auto batch = client_->BatchAuthorize(Batch(bytes, 20));
    ASSERT_TRUE(batch.ok()) << batch.status();
    for (const auto& result : batch->results()) {
      EXPECT_EQ(result.decision(), alone->decision()) << bytes;
    }
  }
}

// The condition is tested once for all checks: five hundred of them cost little
// more than one.
TEST_F(Budgets, ABatchTestsAConditionOnTheCommonContextOnce) {
  Start(10'000'000, 10'000'000);
  const auto batch = client_->BatchAuthorize(Batch(40'000, 500));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->results_size(), 500);
  EXPECT_EQ(batch->results(499).decision(), v1::DECISION_ALLOW);
}

TEST_F(Budgets, ACallThatCostsTooMuchFailsWhole) {
  Start(10'000'000, 10'000'000);
  v1::BatchAuthorizeRequest batch = Batch(10, 50);
  for (auto& check : *batch.mutable_checks()) {
    (*check.mutable_context())["app:k"].add_values(std::string(15'000, 'a'));
  }
  batch.mutable_context()->clear();
  const auto answer = client_->BatchAuthorize(batch);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(answer.status()), kBudget);
  EXPECT_THAT(std::string(answer.status().message()),
              HasSubstr("limits.max_call_steps"));

  const auto stream = client_->OpenAuthorizeStream();
  v1::AuthorizeStreamRequest message;
  *message.mutable_batch() = batch;
  ASSERT_TRUE(stream->Write(message));
  v1::AuthorizeStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error().code(), kBudget);
  EXPECT_EQ(response.batch().results_size(), 0);
  *message.mutable_batch() = Batch(10, 2);
  ASSERT_TRUE(stream->Write(message));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.batch().results_size(), 2);
}

// The threads that read requests leave it to a worker, which begins again.
TEST_F(Budgets, ACheckThatTakesLongIsAnsweredAndRecordedOnce) {
  Start(100'000'000, 100'000'000);
  const auto quick = client_->Authorize(Ask(1000));
  ASSERT_TRUE(quick.ok()) << quick.status();
  const auto slow = client_->Authorize(Ask(60'000));
  ASSERT_TRUE(slow.ok()) << slow.status();
  EXPECT_EQ(slow->decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(slow->reason(), quick->reason());
  EXPECT_EQ(slow->registry_revision(), quick->registry_revision());
  EXPECT_EQ(Records(slow->decision_id(), 1).size(), 1);
  EXPECT_EQ(Records("s3:GetObject", 2).size(), 2);

  // Somebody else's question takes an act of administration, which stands in
  // the log once as well.
  v1::AuthorizeRequest as = Ask(60'000);
  as.set_principal(RoleArn("Reader"));
  const auto named = server_->Connect("service:ops").Authorize(as);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(Records(named->decision_id(), 1).size(), 1);
  EXPECT_EQ(Records("rolegate:AuthorizeAs", 1).size(), 1);
  EXPECT_EQ(Records("s3:GetObject", 3).size(), 3);
}

// So it is with the checks of a small batch, alone and in a stream.
TEST_F(Budgets, ABatchThatTakesLongIsAnsweredAndRecordedOnce) {
  Start(100'000'000, 100'000'000);
  v1::BatchAuthorizeRequest batch = Batch(10, 8);
  for (int i = 0; i < batch.checks_size(); ++i) {
    (*batch.mutable_checks(i)->mutable_context())["app:k"].add_values(
        std::string(900, 'a'));
  }
  batch.mutable_context()->clear();
  const auto alone = client_->BatchAuthorize(batch);
  ASSERT_TRUE(alone.ok()) << alone.status();
  ASSERT_EQ(alone->results_size(), 8);
  EXPECT_FALSE(alone->registry_revision().empty());
  EXPECT_EQ(Records("s3:GetObject", 8).size(), 8);

  const auto stream = client_->OpenAuthorizeStream();
  v1::AuthorizeStreamRequest message;
  *message.mutable_batch() = batch;
  ASSERT_TRUE(stream->Write(message));
  v1::AuthorizeStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.error().code().empty()) << response.error().message();
  ASSERT_EQ(response.batch().results_size(), 8);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(alone->results(i).decision(), v1::DECISION_ALLOW);
    EXPECT_EQ(response.batch().results(i).decision(), v1::DECISION_ALLOW);
  }
  EXPECT_EQ(Records("s3:GetObject", 16).size(), 16);
}

// Eight callers ask what takes long, again and again.  Were they answered where
// requests are read, each probe would wait for some of them.
TEST_F(Budgets, HealthAnswersWhileChecksTakeLong) {
  Start(4'000'000'000, 4'000'000'000, ", max_context_bytes: 4000000");
  const v1::AuthorizeRequest heavy = Ask(1'000'000);
  const auto time_of = [](auto ask) {
    const absl::Time begin = absl::Now();
    ask();
    return absl::Now() - begin;
  };
  const absl::Duration alone =
      time_of([&] { EXPECT_TRUE(client_->Authorize(heavy).ok()); });
  std::atomic<bool> stop = false;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, caller = server_->Connect("", token_)] {
      while (!stop) EXPECT_TRUE(caller.Authorize(heavy).ok());
    });
  }
  absl::SleepFor(2 * alone);
  for (const std::string& address :
       {server_->address(), server_->health_address()}) {
    std::vector<absl::Duration> times;
    for (int i = 0; i < 15; ++i) {
      times.push_back(time_of([&] {
        EXPECT_EQ(service::CheckHealth(address, "rolegate.liveness", "",
                                       absl::Seconds(5)),
                  absl::OkStatus());
      }));
    }
    std::sort(times.begin(), times.end());
    EXPECT_LT(times[times.size() / 2], alone / 2) << address;
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
}

// gRPC's clients retry RESOURCE_EXHAUSTED where they are told to, and the same
// call would fail again.  What may succeed later carries no such word.
TEST_F(Budgets, OnlyAnExhaustedCallTellsClientsNotToRetry) {
  Start(10'000'000, 10'000'000, ", max_assume_roles_per_second: 1");
  const auto channel = grpc::CreateChannel(server_->address(),
                                           grpc::InsecureChannelCredentials());
  // Whether `call(context)` ends so, and what its trailers tell of retrying.
  const auto pushback = [&](grpc::StatusCode code, const std::string& header,
                            const std::string& value, auto call) {
    for (int i = 0; i < 200; ++i) {
      grpc::ClientContext context;
      context.AddMetadata(header, value);
      const grpc::Status status = call(&context);
      if (status.error_code() != code) continue;
      const auto& trailers = context.GetServerTrailingMetadata();
      const auto found = trailers.find("grpc-retry-pushback-ms");
      return found == trailers.end()
                 ? std::string("absent")
                 : std::string(found->second.data(), found->second.size());
    }
    return absl::StrCat("the call never ended with code ", code);
  };
  const auto authorization = v1::AuthorizationService::NewStub(channel);
  v1::BatchAuthorizeRequest batch = Batch(10, 50);
  batch.mutable_context()->clear();
  for (auto& check : *batch.mutable_checks()) {
    (*check.mutable_context())["app:k"].add_values(std::string(15'000, 'a'));
  }
  EXPECT_EQ(pushback(grpc::StatusCode::RESOURCE_EXHAUSTED, "authorization",
                     absl::StrCat("Bearer ", token_),
                     [&](grpc::ClientContext* context) {
                       v1::BatchAuthorizeResponse response;
                       return authorization->BatchAuthorize(context, batch,
                                                            &response);
                     }),
            "-1");

  // A caller who asks for sessions too often gets one in a while.
  const auto sessions = v1::SecurityTokenService::NewStub(channel);
  v1::AssumeRoleRequest assume;
  assume.set_role_arn(RoleArn("Reader"));
  assume.set_role_session_name("again");
  EXPECT_EQ(pushback(grpc::StatusCode::RESOURCE_EXHAUSTED, "rolegate-principal",
                     "service:ec2.amazonaws.com",
                     [&](grpc::ClientContext* context) {
                       v1::AssumeRoleResponse response;
                       return sessions->AssumeRole(context, assume, &response);
                     }),
            "absent");
}

// A server without a registry may have one in a moment.
TEST_F(Budgets, AServerThatIsNotReadyDoesNotForbidToRetry) {
  dir_.Write("empty/broken.json", "{");
  server_.emplace(std::vector<std::string>{"--registry", dir_.path("empty"),
                                           "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server_->serving()) << server_->log();
  const auto stub = v1::AuthorizationService::NewStub(grpc::CreateChannel(
      server_->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("rolegate-principal", "service:ec2.amazonaws.com");
  v1::AuthorizeResponse response;
  const grpc::Status status = stub->Authorize(&context, Ask(10), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE)
      << status.error_message();
  EXPECT_EQ(context.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"),
            0);
}

// What the caller learns does not tell this refusal from any other.  Whoever
// may open sealed records, or read the audit log, learns the reason.
TEST_F(Budgets, AssumeRoleIsRefusedInTheSameWords) {
  Start(50'000, 10'000'000);
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Trusting"));
  request.set_role_session_name("session");
  const Client ec2 = server_->Connect("service:ec2.amazonaws.com");
  request.set_external_id("open");
  EXPECT_TRUE(ec2.AssumeRole(request).ok());
  request.set_external_id("closed");
  const absl::Status usual = ec2.AssumeRole(request).status();
  EXPECT_THAT(Reason(usual), HasSubstr("no role trust policy allows"));

  request.set_external_id(std::string(1200, 'a'));
  const absl::Status costly = ec2.AssumeRole(request).status();
  EXPECT_EQ(costly.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorReason(costly), "AccessDenied");
  EXPECT_EQ(costly.message(), usual.message());
  EXPECT_EQ(EncodedMessage(costly).size(), EncodedMessage(usual).size());
  EXPECT_THAT(Reason(costly), HasSubstr(kBudget));
  EXPECT_EQ(Records(RoleArn("Trusting"), 3).size(), 3);
  EXPECT_EQ(Records(kBudget, 1).size(), 1);
}

// Policies that come with the call are part of what it costs.
TEST_F(Budgets, SimulateIsChargedForThePoliciesThatItIsGiven) {
  Start(1'000'000, 2'000'000);
  v1::SimulateRequest request;
  request.add_actions("s3:GetObject");
  for (int i = 0; i < 5; ++i) {
    v1::InlinePolicy* const policy = request.add_policies();
    policy->set_kind(v1::POLICY_KIND_IDENTITY);
    policy->set_document(absl::StrCat(Allow("s3:*"), std::string(5'000, ' ')));
  }
  const Client ops = server_->Connect("service:ops");
  const auto answered = ops.Simulate(request);
  ASSERT_TRUE(answered.ok()) << answered.status();
  EXPECT_EQ(answered->results(0).decision(), v1::DECISION_ALLOW);
  request.mutable_policies(4)->mutable_document()->append(20'000, ' ');
  const absl::Status costly = ops.Simulate(request).status();
  EXPECT_EQ(costly.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(costly), kBudget);
  EXPECT_EQ(costly.message(),
            "the checks of this call take more than 1000000 steps (half of "
            "`limits.max_call_steps`): ask about fewer at once, and do not "
            "send the same call again");
}

// Under the usual limit a server answers whatever fits into a message, and in
// few words: a client takes four megabytes.
TEST_F(Budgets, ValidateAnswersWhateverDocumentFitsIntoAMessage) {
  Start(10'000'000, 40'000'000);
  constexpr std::size_t kRoomForTheMessage = 64;
  constexpr std::size_t kMaxAnswer = std::size_t{1} << 20;
  for (const HostileFamily& family : HostileFamilies()) {
    SCOPED_TRACE(family.name);
    v1::ValidateRequest request;
    request.set_kind(family.kind == PolicyKind::kTrust ? v1::POLICY_KIND_TRUST
                     : family.kind == PolicyKind::kResource
                         ? v1::POLICY_KIND_RESOURCE
                         : v1::POLICY_KIND_IDENTITY);
    request.set_document(
        family.make((std::size_t{1} << 20) - kRoomForTheMessage));
    const auto response = client_->Validate(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_LE(response->ByteSizeLong(), kMaxAnswer);
  }
}

// Under a lower one the call is refused as a whole, as what needs no second
// try.
TEST_F(Budgets, ValidateIsRefusedAsAWhole) {
  Start(1'000'000, 1'000'000);
  v1::ValidateRequest request;
  request.set_kind(v1::POLICY_KIND_IDENTITY);
  request.set_document(Allow("s3:*"));
  const auto small = client_->Validate(request);
  ASSERT_TRUE(small.ok()) << small.status();
  request.set_document(absl::StrCat(std::string(100'000, ' '), Allow("s3:*")));
  const auto large = client_->Validate(request);
  EXPECT_EQ(large.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(large.status()), kBudget);
}

}  // namespace
}  // namespace rolegate::testing
