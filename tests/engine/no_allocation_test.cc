// Deciding allocates nothing, nor does what comes before it.

#include "engine/decide/decide.h"
#include "engine/decide/request.h"
#include "engine/program/policy.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"
#include "gtest/gtest.h"
#include "tests/support/allocations.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

TEST(Decide, AllocatesNothing) {
  std::string statements;
  for (int i = 0; i < 50; ++i) {
    statements += R"({"Effect": "Allow", "Action": ["s3:Get*", "ec2:*"],
      "Resource": "arn:aws:s3:::bucket-)" +
                  std::to_string(i) + R"(/${aws:username}/*",
      "Condition": {
        "StringLike": {"aws:PrincipalTag/team": ["r?d*", "${aws:username}x"]},
        "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]},
        "NumericLessThan": {"app:n": "10.50"},
        "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}},)";
  }
  statements += R"({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"})";
  Diagnostics faults;
  const auto policy = Policy::CompileText(
      R"({"Version": "2012-10-17", "Statement": [)" + statements + "]}",
      PolicyKind::kIdentity, {"p", "", ""}, &faults);
  ASSERT_NE(policy, nullptr) << ToString(faults.at(0));

  const auto principal =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  const ActionName action = *ActionName::Parse("S3:GetObject");
  const ResourceName resource =
      *ResourceName::Parse("arn:aws:s3:::bucket-49/alice/file");
  const absl::string_view tag_keys[] = {"a", "b"};
  RequestContext context;
  context.Set(ContextKey("aws:username"), "alice");
  context.Set(ContextKey("aws:PrincipalTag/team"), "red-team");
  context.Set(ContextKey("aws:SourceIp"), "10.1.2.3");
  context.Set(ContextKey("app:n"), "9.75");
  context.Set(ContextKey("aws:CurrentTime"), "2024-01-01T00:00:00Z");
  context.SetList(ContextKey("aws:TagKeys"), tag_keys);
  const Policy* const policies[] = {policy.get()};
  PolicySet set;
  set.identity = policies;
  set.boundary = {true, policies};
  set.session = {true, policies};
  Request request;
  request.principal = principal.view();
  request.action = &action;
  request.resource = &resource;
  request.resource_account = "123456789012";
  request.context = &context;

  const testing::AllocationCounter allocations;
  const Decision decision = Decide(request, set);
  EXPECT_EQ(allocations.count(), 0);
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
}

// Every key that the service itself knows of a role session is read, so that
// none of them is made on the heap.
TEST(Question, AllocatesNothing) {
  static constexpr char kStatement[] = R"({
    "Effect": "Allow", "Action": "s3:Get*",
    "Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/*",
    "Condition": {
      "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Reader"},
      "StringEquals": {"aws:PrincipalAccount": "123456789012",
                       "aws:PrincipalType": "AssumedRole",
                       "aws:SourceIdentity": "alice",
                       "aws:ResourceAccount": "123456789012",
                       "aws:ResourceOrgID": "o-abc1234567",
                       "aws:PrincipalOrgID": "o-abc1234567",
                       "aws:RequestTag/x": "${aws:PrincipalTag/stage}"},
      "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc1234567/*",
                                 "aws:ResourceOrgPaths": "*"},
      "StringLike": {"aws:userid": "AROAReader:*"},
      "Bool": {"aws:PrincipalIsAWSService": "false",
               "aws:ViaAWSService": "false"},
      "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z",
                          "aws:TokenIssueTime": "2020-01-01T00:00:00Z",
                          "aws:EpochTime": "2020-01-01T00:00:00Z"}}})";
  const RegistryOptions registry_options;
  Diagnostics faults;
  const auto snapshot = BuildSnapshot(
      {ParseRegistryFile(
           "role.json",
           testing::Role("Reader", testing::Trust(testing::kEc2),
                         testing::Policy(kStatement),
                         R"(, "Tags": [{"Key": "Team", "Value": "blue"},
                                       {"Key": "stage", "Value": "prod"}])"),
           registry_options),
       ParseRegistryFile("organization.json", R"({"Organization": {
           "Id": "o-abc1234567", "ManagementAccount": "999999999999",
           "Root": {"Id": "r-root", "Accounts": ["123456789012"]}}})",
                         registry_options)},
      registry_options, &faults);
  ASSERT_NE(snapshot, nullptr) << ToString(faults.at(0));
  auto session = std::make_shared<RoleSession>();
  session->role_arn = testing::RoleArn("Reader");
  session->role_id = "AROAReader";
  session->session_name = "a-session-name-that-fits-into-no-short-string";
  session->source_identity = "alice";
  session->tags = {{"team", "red"}};
  session->issued_at = absl::FromUnixSeconds(1'700'000'000);
  session->expires_at = absl::FromUnixSeconds(1'900'000'000);
  const Subject subject = Subject::OfSession(session);
  const ActionName action = *ActionName::Parse("s3:GetObject");
  const ResourceName resource =
      *ResourceName::Parse("arn:aws:s3:::bucket/red/file");
  const AccessOptions options;
  RequestContext given;
  given.Set(ContextKey("aws:RequestTag/x"), "prod");

  const testing::AllocationCounter allocations;
  const Circumstances circumstances(*snapshot, options, subject, given,
                                    absl::FromUnixSeconds(1'800'000'000));
  const Question question(circumstances, action, resource, "");
  const Decision decision = Decide(question);
  EXPECT_EQ(allocations.count(), 0);
  EXPECT_EQ(decision.verdict, Verdict::kAllow)
      << Explain(question, decision).lacking;
}

}  // namespace
}  // namespace rolegate
