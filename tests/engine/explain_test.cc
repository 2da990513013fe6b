// What explanations say, row by row.

#include "engine/decide/explain.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/program/policy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kRole = "arn:aws:iam::123456789012:role/R";
constexpr absl::string_view kSession =
    "arn:aws:sts::123456789012:assumed-role/R/s";

struct Asked {
  Decision decision;
  Explanation explanation;
};

// Asks for s3:GetObject on arn:aws:s3:::b/a.txt as a session of role R, whose
// identity policy has `statements`, from 10.0.0.7.
class ExplainTest : public testing::Test {
 protected:
  Asked Ask(absl::string_view statements, bool empty_boundary = false) {
    Diagnostics faults;
    policy_ = Policy::CompileText(
        absl::StrCat(R"({"Version": "2012-10-17", "Statement": [)", statements,
                     "]}"),
        PolicyKind::kIdentity, {"p", "roles/r.json", ""}, &faults);
    EXPECT_TRUE(faults.empty()) << ToString(faults.front());
    const Policy* const policies[] = {policy_.get()};
    const auto action = ActionName::Parse("s3:GetObject");
    const auto resource = ResourceName::Parse("arn:aws:s3:::b/a.txt");
    RequestContext context;
    context.Set(ContextKey("aws:SourceIp"), "10.0.0.7");
    Request request;
    request.principal.kind = PrincipalKind::kRoleSession;
    request.principal.account = "123456789012";
    request.principal.arn = kSession;
    request.principal.entity_arn = kRole;
    request.action = &*action;
    request.resource = &*resource;
    request.resource_account = "123456789012";
    request.context = &context;
    PolicySet set;
    set.identity = policies;
    set.boundary.present = empty_boundary;
    Asked asked;
    asked.decision = Decide(request, set);
    asked.explanation = Explain(request, set, asked.decision);
    return asked;
  }

  static std::vector<std::string> Causes(const Asked& asked) {
    std::vector<std::string> causes;
    for (const NearMiss& miss : asked.explanation.near_misses) {
      causes.push_back(miss.cause);
    }
    return causes;
  }

 private:
  std::shared_ptr<const Policy> policy_;
};

TEST_F(ExplainTest, NamesWhatStoppedAStatement) {
  struct Row {
    absl::string_view rest;  // of an Allow for s3:Get*
    std::string cause;
  };
  const Row rows[] = {
      {R"("Resource": "arn:aws:s3:::c/*")",
       "resource `arn:aws:s3:::b/a.txt` does not match `arn:aws:s3:::c/*`"},
      {R"("NotResource": "arn:aws:s3:::b/*")",
       "resource `arn:aws:s3:::b/a.txt` is excluded by NotResource "
       "`arn:aws:s3:::b/*`"},
      {R"("Resource": "arn:aws:s3:::b/${aws:PrincipalTag/Team}/*")",
       "resource `arn:aws:s3:::b/a.txt` does not match "
       "`arn:aws:s3:::b/${aws:PrincipalTag/Team}/*`; variable "
       "`${aws:PrincipalTag/Team}` has no value"},
      {R"("Resource": "*", "Condition": {"Bool":
          {"aws:MultiFactorAuthPresent": true}})",
       "`aws:MultiFactorAuthPresent` is missing, Bool needs `true`"},
      {R"("Resource": "*", "Condition": {"IpAddress":
          {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::1"]}})",
       "`aws:SourceIp` is `10.0.0.7`, IpAddress needs `192.0.2.0/24`, "
       "`2001:db8::1`"},
      {R"("Resource": "*", "Condition": {"NotIpAddress":
          {"aws:SourceIp": "10.0.0.0/8"}})",
       "`aws:SourceIp` is `10.0.0.7`, NotIpAddress needs none of "
       "`10.0.0.0/8`"},
      {R"("Resource": "*", "Condition": {"NumericLessThan":
          {"aws:SourceIp": 5}})",
       "`aws:SourceIp` is `10.0.0.7`, NumericLessThan cannot compare that"},
      {R"("Resource": "*", "Condition": {"Null":
          {"aws:TagKeys": "false"}})",
       "`aws:TagKeys` is missing, Null needs it present"},
  };
  for (const Row& row : rows) {
    const Asked asked = Ask(absl::StrCat(
        R"({"Sid": "Get", "Effect": "Allow", "Action": "s3:Get*", )", row.rest,
        "}"));
    EXPECT_EQ(asked.decision.verdict, Verdict::kImplicitDeny);
    EXPECT_THAT(Causes(asked), ElementsAre(row.cause));
    EXPECT_EQ(asked.explanation.lacking,
              absl::StrCat("an identity-based policy has `Get` of `p` "
                           "(roles/r.json:1), but ",
                           row.cause));
    EXPECT_THAT(asked.explanation.matched, IsEmpty());
  }
}

TEST_F(ExplainTest, PutsTheNearestStatementFirst) {
  const Asked asked = Ask(R"(
      {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::c"},
      {"Effect": "Allow", "Action": "*", "Resource": "*",
       "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}})");
  EXPECT_THAT(
      Causes(asked),
      ElementsAre("`aws:SourceVpc` is missing, StringEquals needs `vpc-1`",
                  "resource `arn:aws:s3:::b/a.txt` does not match "
                  "`arn:aws:s3:::c`"));
  EXPECT_THAT(asked.explanation.missing_context_keys,
              ElementsAre("aws:SourceVpc"));
}

TEST_F(ExplainTest, ListsEveryStatementThatAllowed) {
  const Asked asked = Ask(R"(
      {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
      {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
      {"Effect": "Allow", "Action": "*", "Resource": "*"})");
  EXPECT_TRUE(asked.decision.allowed());
  ASSERT_EQ(asked.explanation.matched.size(), 2u);
  EXPECT_EQ(asked.explanation.matched[0].statement.index, 0);
  EXPECT_EQ(asked.explanation.matched[1].statement.index, 2);
  EXPECT_EQ(asked.explanation.lacking, "");
}

TEST_F(ExplainTest, ListsOnlyTheDeniesOfAnExplicitDenial) {
  const Asked asked = Ask(R"(
      {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
      {"Sid": "Never", "Effect": "Deny", "Action": "s3:*", "Resource": "*"})");
  EXPECT_EQ(asked.decision.verdict, Verdict::kExplicitDeny);
  ASSERT_EQ(asked.explanation.matched.size(), 1u);
  EXPECT_EQ(asked.explanation.matched[0].statement.index, 1);
  EXPECT_EQ(asked.explanation.lacking,
            "no Allow overrides a Deny, that of `Never` of `p` "
            "(roles/r.json:3) would have to go");
}

TEST_F(ExplainTest, TellsOfADenyThatAConditionKeptAway) {
  const Asked asked = Ask(R"(
      {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
      {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
       "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}})");
  EXPECT_TRUE(asked.decision.allowed());
  EXPECT_THAT(
      Causes(asked),
      ElementsAre("`aws:SourceVpc` is missing, StringEquals needs `vpc-1`"));
}

TEST_F(ExplainTest, NamesEveryLayerThatWouldHaveToAllow) {
  EXPECT_EQ(
      Ask(R"({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})", true)
          .explanation.lacking,
      "an Allow for this action in an identity-based policy; and an Allow for "
      "this action in the permissions boundary");
  EXPECT_EQ(
      Ask(R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})", true)
          .explanation.lacking,
      "an Allow for this action in the permissions boundary");
}

TEST_F(ExplainTest, IsCutToTheNearest) {
  std::string statements;
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&statements, i > 0 ? "," : "",
                    R"({"Effect": "Allow", "Action": "*",
                        "Resource": "arn:aws:s3:::c)",
                    i, R"("})");
  }
  EXPECT_EQ(Ask(statements).explanation.near_misses.size(), kMaxNearMisses);
}

}  // namespace
}  // namespace rolegate
