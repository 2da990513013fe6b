// Decides one sample a number of times, for instruction_count_test.py:
//   decision_cost QUESTION COUNT

#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

// A role as they are: ten statements, three conditions that are tested.
constexpr char kTypical[] = R"(
  {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
   "Resource": "arn:aws:s3:::bucket-7"},
  {"Effect": "Allow",
   "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
   "Resource": "arn:aws:dynamodb:*:123456789012:table/orders*"},
  {"Effect": "Allow", "Action": "sqs:SendMessage",
   "Resource": "arn:aws:sqs:eu-central-1:123456789012:queue-*"},
  {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
   "Resource": "*"},
  {"Effect": "Allow", "Action": "kms:Decrypt",
   "Resource": "arn:aws:kms:*:123456789012:key/*"},
  {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"},
  {"Effect": "Allow", "Action": "sns:Publish",
   "Resource": "arn:aws:sns:*:123456789012:events"},
  {"Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters"],
   "Resource": "arn:aws:ssm:*:123456789012:parameter/app/*"},
  {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
   "Resource": "arn:aws:s3:::bucket-7/*",
   "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"},
                 "Bool": {"aws:SecureTransport": "true"}}},
  {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
   "Condition": {"NotIpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}}})";

std::string Statements(int count,
                       const std::function<std::string(int)>& statement) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&all, i == 0 ? "" : ",", statement(i));
  }
  return all;
}

std::string ManyActions(int count) {
  return Statements(count, [](int i) {
    return absl::StrCat(R"({"Effect": "Allow", "Action": "s)", i % 97, ":A", i,
                        R"(", "Resource": "arn:aws:s3:::b)", i, R"(/*"})");
  });
}

std::string ManyResources(int count) {
  return Statements(count, [](int i) {
    return absl::StrCat(R"({"Effect": "Allow", "Action": "s7:*", )",
                        R"("Resource": "arn:aws:s3:::b)", i, R"(/*"})");
  });
}

// The same in a hundred policies.
std::vector<std::string> ManyPolicies(int count) {
  std::vector<std::string> policies;
  for (int begin = 0; begin < count; begin += count / 100) {
    policies.push_back(Statements(count / 100, [&](int i) {
      return absl::StrCat(
          R"({"Effect": "Allow", "Action": "s)", (begin + i) % 97, ":A",
          begin + i, R"(", "Resource": "arn:aws:s3:::b)", begin + i, R"(/*"})");
    }));
  }
  return policies;
}

struct Sample {
  std::vector<std::string> policies;  // the statements of each
  std::string action = "s7:A7";
  std::string resource = "arn:aws:s3:::b7/x";
};

Sample SampleOf(const std::string& name) {
  if (name == "ten-statements") return {{ManyActions(10)}};
  if (name == "ten-thousand-actions") return {{ManyActions(10'000)}};
  if (name == "ten-thousand-resources") return {{ManyResources(10'000)}};
  if (name == "a-hundred-policies") return {ManyPolicies(10'000)};
  return {{kTypical}, "s3:GetObject", "arn:aws:s3:::bucket-7/reports/q3.csv"};
}

std::string RoleOf(const Sample& sample) {
  std::string more;
  for (std::size_t i = 1; i < sample.policies.size(); ++i) {
    absl::StrAppend(&more, i == 1 ? "" : ",", R"({"PolicyName": "p)", i,
                    R"(", "PolicyDocument": )",
                    testing::Policy(sample.policies[i]), "}");
  }
  return absl::StrReplaceAll(
      testing::Role("R", testing::Trust(testing::kEc2),
                    testing::Policy(sample.policies[0])),
      {{"\"RolePolicyList\": [", absl::StrCat("\"RolePolicyList\": [", more,
                                              more.empty() ? "" : ", ")}});
}

}  // namespace

// What is counted.  Not in the unnamed namespace, so that it keeps its name.
[[gnu::noinline]] bool CountedDecision(const Circumstances& circumstances,
                                       const ActionName& action,
                                       const ResourceName& resource) {
  return Decide(Question(circumstances, action, resource, "123456789012"))
      .allowed();
}

[[gnu::noinline]] bool CountedWithSetUp(const Snapshot& snapshot,
                                        const AccessOptions& options,
                                        const Subject& subject,
                                        const RequestContext& context,
                                        const ActionName& action,
                                        const ResourceName& resource) {
  const Circumstances circumstances(snapshot, options, subject, context,
                                    absl::UnixEpoch());
  return Decide(Question(circumstances, action, resource, "123456789012"))
      .allowed();
}

bool DecideOften(const std::string& name, int count) {
  const bool with_set_up = name == "typical-with-set-up";
  const Sample sample = SampleOf(name);
  const RegistryOptions registry_options;
  Diagnostics faults;
  const auto snapshot = BuildSnapshot(
      {ParseRegistryFile("role.json", RoleOf(sample), registry_options)},
      registry_options, &faults);
  if (snapshot == nullptr) {
    std::cerr << ToString(faults.at(0)) << "\n";
    return false;
  }
  const Subject subject =
      *SubjectByName(testing::RoleArn("R"), *snapshot, absl::UnixEpoch());
  const AccessOptions options;
  RequestContext context;
  context.Set(ContextKey("aws:SourceIp"), "10.1.2.3");
  context.Set(ContextKey("aws:SecureTransport"), "true");
  const ActionName action = *ActionName::Parse(sample.action);
  const ResourceName resource = *ResourceName::Parse(sample.resource);
  const Circumstances circumstances(*snapshot, options, subject, context,
                                    absl::UnixEpoch());
  int allowed = 0;
  for (int i = 0; i < count; ++i) {
    allowed += with_set_up ? CountedWithSetUp(*snapshot, options, subject,
                                              context, action, resource)
                           : CountedDecision(circumstances, action, resource);
  }
  return allowed == count;
}

}  // namespace rolegate

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return rolegate::DecideOften(argv[1], std::atoi(argv[2])) ? 0 : 1;
}
