// Which condition keys an answer may depend on, row by row: the keys that
// KeysRead names, and that a question which differs in other keys alone has the
// same answer.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

using ::testing::ElementsAreArray;

constexpr absl::Time kNow = absl::UnixEpoch();

std::shared_ptr<const Policy> Compile(const std::string& statements,
                                      PolicyKind kind) {
  Diagnostics faults;
  auto policy = Policy::CompileText(
      absl::StrCat(R"({"Version": "2012-10-17", "Statement": [)", statements,
                   "]}"),
      kind, {"p", "", ""}, &faults);
  EXPECT_TRUE(faults.empty()) << ToString(faults.front());
  return policy;
}

struct Row {
  std::string description;
  std::string identity;  // statements of the caller's own policy
  std::string resource;  // statements of the resource's policy, or none
  std::vector<std::string> keys;
};

class KeysReadTest : public testing::Test {
 protected:
  // User alice asks for s3:GetObject on arn:aws:s3:::b/k.
  template <typename F>
  void Ask(const Row& row, const RequestContext& own, F f) {
    const auto identity = Compile(row.identity, PolicyKind::kIdentity);
    const auto resource = row.resource.empty()
                              ? nullptr
                              : Compile(row.resource, PolicyKind::kResource);
    const Policy* const identities[] = {identity.get()};
    const Policy* const resources[] = {resource.get()};
    const Subject subject = *SubjectByName(
        "arn:aws:iam::123456789012:user/alice", *snapshot_, kNow);
    const AccessOptions options;
    const RequestContext none;
    Circumstances circumstances(*snapshot_, options, subject, none, kNow);
    SubstitutePolicies substitutes;
    substitutes.identity = {true, identities};
    if (resource != nullptr) substitutes.resource = {true, resources};
    circumstances.Substitute(substitutes);
    const ActionName action = *ActionName::Parse("s3:GetObject");
    const ResourceName name = *ResourceName::Parse("arn:aws:s3:::b/k");
    f(Question(circumstances, action, name, "", &own));
  }

  const std::shared_ptr<const Snapshot> snapshot_ = EmptySnapshot();
};

const std::vector<Row>& Rows() {
  static const auto* const rows = new std::vector<Row>{
      {"no conditions",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*"})",
       "",
       {}},
      {"a condition",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})",
       "",
       {"aws:SourceIp"}},
      {"each key once, as AWS spells it, sorted",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEquals": {"app:team": "a"},
                         "IpAddress": {"AWS:sourceip": "10.0.0.0/8"}}},
          {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
           "Condition": {"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}})",
       "",
       {"app:team", "aws:SourceIp"}},
      {"a variable in a value",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEquals": {"app:a": "x${app:b}"}}})",
       "",
       {"app:a", "app:b"}},
      {"a variable in a resource, which may match with another value",
       R"({"Effect": "Allow", "Action": "*",
           "Resource": "arn:aws:s3:::b/${app:home}",
           "Condition": {"Bool": {"aws:SecureTransport": "true"}}})",
       "",
       {"app:home", "aws:SecureTransport"}},
      {"statements for another action",
       R"({"Effect": "Deny", "Action": "s3:Put*", "Resource": "*",
           "Condition": {"StringEquals": {"app:a": "x"}}})",
       "",
       {}},
      {"statements for another resource",
       R"({"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::c/*",
           "Condition": {"StringEquals": {"app:a": "x"}}})",
       "",
       {}},
      {"conditions that do not hold, and those behind them",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEquals": {"app:a": "x"},
                         "StringLike": {"app:b": "y*"}}})",
       "",
       {"app:a", "app:b"}},
      {"a resource's policy",
       R"({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})",
       R"({"Effect": "Allow", "Action": "*", "Principal": "*",
           "Resource": "*",
           "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}})",
       {"aws:SourceVpc"}},
      {"a resource's policy for somebody else",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*"})",
       R"({"Effect": "Allow", "Action": "*", "Principal":
             {"AWS": "arn:aws:iam::123456789012:user/bob"},
           "Resource": "*",
           "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}})",
       {}},
      {"a tag, with the tag's own key as the policy has it",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEquals": {"aws:requesttag/Team": "x"}}})",
       "",
       {"aws:RequestTag/Team"}},
      {"a key that is made from another one",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEquals": {"aws:CalledViaLast": "x"}}})",
       "",
       {"aws:CalledVia", "aws:CalledViaLast"}},
      {"Null",
       R"({"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"Null": {"app:a": "true"}}})",
       "",
       {"app:a"}},
  };
  return *rows;
}

TEST_F(KeysReadTest, AreThoseOfTheStatementsThatTakePart) {
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.description);
    Ask(row, RequestContext(), [&](const Question& question) {
      const auto keys = KeysRead(question);
      ASSERT_TRUE(keys.has_value());
      EXPECT_THAT(*keys, ElementsAreArray(row.keys));
    });
  }
}

TEST_F(KeysReadTest, NoOtherKeyChangesTheAnswer) {
  static constexpr const char* kGiven[] = {"app:a",
                                           "app:b",
                                           "app:home",
                                           "app:team",
                                           "aws:SourceIp",
                                           "app:x",
                                           "aws:SecureTransport",
                                           "aws:SourceVpc",
                                           "aws:CalledVia",
                                           "aws:RequestTag/Team"};
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.description);
    Verdict without = Verdict::kImplicitDeny;
    Ask(row, RequestContext(),
        [&](const Question& question) { without = Decide(question).verdict; });
    for (const char* const name : kGiven) {
      if (std::find(row.keys.begin(), row.keys.end(), name) != row.keys.end()) {
        continue;
      }
      for (const char* const value : {"k", "x", "10.1.2.3", "true", "vpc-1"}) {
        RequestContext own;
        own.Set(ContextKey(name), value);
        Ask(row, own, [&](const Question& question) {
          EXPECT_EQ(Decide(question).verdict, without) << name << value;
        });
      }
    }
  }
}

TEST_F(KeysReadTest, AreUnknownOnceTheBudgetIsExhausted) {
  Ask(Rows()[2], RequestContext(), [](const Question& question) {
    StepBudget none(1);
    EXPECT_EQ(KeysRead(question, &none), std::nullopt);
  });
}

}  // namespace
}  // namespace rolegate
