// A batch answers as its checks do one by one: nothing of one check reaches
// another.

#include <iostream>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

std::uint32_t Seed() {
  const char* const given = std::getenv("ROLEGATE_SEED");
  return given != nullptr
             ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
             : std::random_device{}();
}

TEST(Batch, AnswersAsItsChecksDoOneByOne) {
  TempDir registry;
  registry.Write("r.json", Role("Reader", Trust(kEc2), Policy(R"(
      {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"},
      {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
       "Condition": {"StringEquals": {"shop:k": ["x", "y"]}}},
      {"Effect": "Deny", "Action": "*", "Resource": "*",
       "Condition": {"StringEquals": {"aws:ResourceTag/t": "secret"}}},
      {"Effect": "Deny", "Action": "*", "Resource": "*",
       "Condition": {"StringEquals": {"aws:CalledViaLast": "no.internal"}}},
      {"Effect": "Deny", "Action": "*", "Resource": "*",
       "Condition": {"ForAnyValue:StringEquals": {"shop:l": "no"}}})")));
  ServerProcess server(
      {"--registry", registry.path(), "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client client = server.Connect(
      "", AssumeOrDie(server.Connect("service:ec2.amazonaws.com"),
                      RoleArn("Reader")));

  const std::uint32_t seed = Seed();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto pick = [&](std::initializer_list<const char*> choices) {
    return std::string(choices.begin()[random() % choices.size()]);
  };
  const std::string resource_tag = "aws:ResourceTag/t";
  const auto fill = [&](auto* context) {
    if (random() % 2) (*context)["shop:k"].add_values(pick({"x", "y", "z"}));
    if (random() % 4 == 0) {
      (*context)[resource_tag].add_values(pick({"open", "secret"}));
    }
    if (random() % 4 == 0) {
      (*context)["aws:CalledVia"].add_values(
          pick({"no.internal", "yes.internal"}));
    }
    if (random() % 4 == 0) {
      for (int i = 0; i < 2; ++i) {
        (*context)["shop:l"].add_values(pick({"yes", "no", "x"}));
      }
    }
  };
  int allowed = 0;
  for (int round = 0; round < 20; ++round) {
    v1::BatchAuthorizeRequest batch;
    fill(batch.mutable_context());
    for (int i = 0; i < 20; ++i) {
      v1::AuthorizationCheck* const check = batch.add_checks();
      check->set_action(pick({"s3:GetObject", "s3:PutObject", "ec2:Run"}));
      check->set_resource(absl::StrCat("arn:aws:s3:::", pick({"a", "b"}), "/",
                                       pick({"1", "2"})));
      fill(check->mutable_context());
    }
    const auto answer = client.BatchAuthorize(batch);
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->results_size(), batch.checks_size());
    for (int i = 0; i < batch.checks_size(); ++i) {
      const v1::AuthorizationCheck& check = batch.checks(i);
      v1::AuthorizeRequest one;
      one.set_action(check.action());
      one.set_resource(check.resource());
      *one.mutable_context() = batch.context();
      for (const auto& [key, values] : check.context()) {
        (*one.mutable_context())[key] = values;
      }
      const auto alone = client.Authorize(one);
      ASSERT_TRUE(alone.ok()) << alone.status();
      EXPECT_EQ(answer->results(i).decision(), alone->decision())
          << one.ShortDebugString();
      EXPECT_EQ(answer->results(i).reason(), alone->reason());
      if (alone->decision() == v1::DECISION_ALLOW) ++allowed;
    }
  }
  EXPECT_GT(allowed, 40);
}

}  // namespace
}  // namespace rolegate::testing
