// What checks and calls may cost, as callers see it: a check that costs too
// much is denied and says why, alone as in a batch; a call that does fails
// whole.

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kBudget[] = "EvaluationBudgetExceeded";

// A pattern in which letters and `?` take turns: 63 of them at once are held
// against each byte of the text.
std::string Costly() {
  std::string pattern = "*";
  for (int i = 0; i < 500; ++i) pattern += "a?";
  return Policy(absl::StrCat(
      R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
          {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*",
           "Condition": {"StringLike": {"app:k": ")",
      pattern, R"(b*"}}})"));
}

class Budgets : public ::testing::Test {
 protected:
  void Start(std::uint64_t check_steps, std::uint64_t call_steps) {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Costly()));
    dir_.Write("registry/trusting.json",
               Role("Trusting", Policy(R"({"Effect": "Allow", "Principal": "*",
                               "Action": "sts:AssumeRole", "Condition":
                               {"StringLike": {"aws:SourceArn":
                                "*a?a?a?b*"}}})"),
                    Allow("s3:*")));
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry:\n  dir: ", dir_.path("registry"),
                     "\n  limits: {max_policy_steps: 100000000}\n"
                     "limits: {max_check_steps: ",
                     check_steps, ", max_call_steps: ", call_steps, "}\n",
                     "audit: {path: ", dir_.path("audit"), "}\n"));
    server_.emplace(std::vector<std::string>{"--config", config, "--listen",
                                             "127.0.0.1:0", "--dev"});
    ASSERT_TRUE(server_->serving()) << server_->log();
    client_ = server_->Connect(
        "", AssumeOrDie(server_->Connect("service:ec2.amazonaws.com"),
                        RoleArn("Reader")));
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

  TempDir dir_;
  std::optional<ServerProcess> server_;
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

// Of any length, a batch's checks are answered as they are one by one.
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

}  // namespace
}  // namespace rolegate::testing
