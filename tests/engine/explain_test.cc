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
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::string_view kRole = "arn:aws:iam::123456789012:role/R";
constexpr absl::string_view kSession =
    "arn:aws:sts::123456789012:assumed-role/R/s";

struct Asked {
  Decision decision;
  Explanation explanation;
};

// Asks for s3:GetObject on arn:aws:s3:::b/a.txt as a session of role R, whose
// identity policy has `statements`, from 10.0.0.7 in us-east-1.
class ExplainTest : public testing::Test {
 protected:
  Asked Ask(absl::string_view statements, bool empty_boundary = false) {
    Diagnostics faults;
    policy_ = Policy::CompileText(
        absl::StrCat("{", version_, R"("Statement": [)", statements, "]}"),
        PolicyKind::kIdentity, {"p", "roles/r.json", ""}, &faults);
    EXPECT_TRUE(faults.empty()) << ToString(faults.front());
    const Policy* const policies[] = {policy_.get()};
    const auto action = ActionName::Parse("s3:GetObject");
    const auto resource = ResourceName::Parse("arn:aws:s3:::b/a.txt");
    RequestContext context;
    context.Set(ContextKey("aws:SourceIp"), "10.0.0.7");
    context.Set(ContextKey("aws:RequestedRegion"), "us-east-1");
    context.Set(ContextKey("app:peer"), "10.0.0.1:443");
    const absl::string_view list[] = {"a", "b"};
    context.SetList(ContextKey("app:list"), list);
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

  std::string version_ = R"("Version": "2012-10-17", )";

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
            "no Allow overrides a Deny: `Never` of `p` (roles/r.json:3) in an "
            "identity-based policy denies this action on this resource, and "
            "would have to go");
}

// What held, and what about the request would lift it.
TEST_F(ExplainTest, SaysWhyADenyHolds) {
  const struct {
    absl::string_view rest;  // of the Deny
    std::string held;
  } kRows[] = {
      {R"("Action": "*", "Resource": "*", "Condition": {"StringNotEquals":
          {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}})",
       "`aws:RequestedRegion` is `us-east-1`, and StringNotEquals spares only "
       "`eu-west-1`, `eu-central-1`; `aws:RequestedRegion` as one of "
       "`eu-west-1`, `eu-central-1` would lift it"},
      {R"("Action": "*", "Resource": "*", "Condition": {"StringNotEquals":
          {"aws:SourceVpc": "vpc-1"}})",
       "`aws:SourceVpc` is missing, for which StringNotEquals holds; "
       "`aws:SourceVpc` as one of `vpc-1` would lift it"},
      {R"("Action": "*", "Resource": "*", "Condition": {"BoolIfExists":
          {"aws:MultiFactorAuthPresent": "false"}})",
       "`aws:MultiFactorAuthPresent` is missing, for which BoolIfExists holds; "
       "`aws:MultiFactorAuthPresent` as none of `false` would lift it"},
      {R"("Action": "*", "Resource": "*", "Condition": {"Null":
          {"aws:SourceVpc": "true"}})",
       "`aws:SourceVpc` is missing, for which Null holds; a request with "
       "`aws:SourceVpc` would lift it"},
      {R"("Action": "*", "Resource": "*", "Condition": {"NotIpAddress":
          {"app:peer": "10.0.0.0/8"}})",
       "`app:peer` is `10.0.0.1:443`, NotIpAddress cannot compare that, and a "
       "Deny holds then; `app:peer` as an IP address or range would lift it"},
      {R"("Action": "*", "Resource": "*", "Condition": {"StringEquals":
          {"app:list": "a"}})",
       "`app:list` is [`a`, `b`], StringEquals takes one value, and a Deny "
       "holds then; `app:list` as one value would lift it"},
      {R"("Action": "*", "Resource": "*", "Condition": {
          "StringLike": {"aws:RequestedRegion": "us-*"},
          "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})",
       "`aws:RequestedRegion` is `us-east-1`, for which StringLike `us-*` "
       "holds, and `aws:SourceIp` is `10.0.0.7`, for which IpAddress "
       "`10.0.0.0/8` holds; `aws:RequestedRegion` as none of `us-*` or "
       "`aws:SourceIp` as none of `10.0.0.0/8` would lift it"},
      {R"("NotAction": "iam:*", "Resource": "*")",
       "NotAction does not exclude the action; an action that NotAction "
       "excludes would lift it"},
      {R"("Action": "*", "NotResource": "arn:aws:s3:::c/*")",
       "resource `arn:aws:s3:::b/a.txt` is none of NotResource "
       "`arn:aws:s3:::c/*`; a resource that NotResource excludes would lift "
       "it"},
  };
  for (const auto& row : kRows) {
    const Asked asked = Ask(absl::StrCat(
        R"({"Effect": "Allow", "Action": "*", "Resource": "*"},
           {"Sid": "No", "Effect": "Deny", )",
        row.rest, "}"));
    EXPECT_EQ(asked.decision.verdict, Verdict::kExplicitDeny);
    EXPECT_EQ(asked.explanation.lacking,
              absl::StrCat("no Allow overrides a Deny: `No` of `p` "
                           "(roles/r.json:2) in an identity-based policy "
                           "denies because ",
                           row.held));
  }
}

TEST_F(ExplainTest, NamesEachDenyAndWhatLacksBesideThem) {
  const Asked asked = Ask(R"(
      {"Sid": "One", "Effect": "Deny", "Action": "*", "Resource": "*"},
      {"Sid": "Two", "Effect": "Deny", "Action": "*", "Resource": "*"})");
  EXPECT_EQ(asked.explanation.lacking,
            "no Allow overrides a Deny: `One` of `p` (roles/r.json:2) in an "
            "identity-based policy denies this action on this resource, and "
            "would have to go; and `Two` of `p` (roles/r.json:3) in an "
            "identity-based policy denies this action on this resource, and "
            "would have to go; beside that it lacks an Allow for this action "
            "in an identity-based policy");
  std::string many;
  for (int i = 0; i < 9; ++i) {
    absl::StrAppend(&many, i > 0 ? "," : "",
                    R"({"Effect": "Deny", "Action": "*", "Resource": "*"})");
  }
  EXPECT_THAT(Ask(many).explanation.lacking,
              HasSubstr("; and 5 more statements of the kind; beside that"));
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
  const Asked asked = Ask(statements);
  EXPECT_EQ(asked.explanation.near_misses.size(), kMaxNearMisses);
  EXPECT_THAT(asked.explanation.lacking,
              HasSubstr("`arn:aws:s3:::c0` (39 more statements came as near)"));
}

TEST_F(ExplainTest, GroupsStatementsThatAreAlike) {
  std::string statements =
      R"({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::d"})";
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&statements, R"(,{"Effect": "Allow", "Action": "*",
                        "Resource": "arn:aws:s3:::c"})");
  }
  EXPECT_THAT(
      Causes(Ask(statements)),
      ElementsAre(
          "resource `arn:aws:s3:::b/a.txt` does not match `arn:aws:s3:::d`",
          "resource `arn:aws:s3:::b/a.txt` does not match `arn:aws:s3:::c`; "
          "the same holds for 39 more statements"));
}

TEST_F(ExplainTest, SaysWhereAVariableIsLiteralText) {
  constexpr absl::string_view kStatement =
      R"({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition":
          {"StringEquals": {"aws:SourceIp": "${aws:username}"}}},
         {"Effect": "Allow", "Action": "*",
          "Resource": "arn:aws:s3:::home/${aws:username}/*"},
         {"Effect": "Allow", "Action": "*",
          "Resource": "arn:aws:s3:::a:b:${aws:username}/*"})";
  const std::string literal =
      "; `${aws:username}` is literal text in a policy without "
      "`\"Version\": \"2012-10-17\"`";
  version_ = "";
  EXPECT_THAT(Causes(Ask(kStatement)),
              ElementsAre("`aws:SourceIp` is `10.0.0.7`, StringEquals needs "
                          "`${aws:username}`" +
                              literal,
                          "resource `arn:aws:s3:::b/a.txt` does not match "
                          "`arn:aws:s3:::home/${aws:username}/*`" +
                              literal,
                          "resource `arn:aws:s3:::b/a.txt` does not match "
                          "`arn:aws:s3:::a:b:${aws:username}/*`" +
                              literal));
  version_ = R"("Version": "2012-10-17", )";
  EXPECT_THAT(
      Causes(Ask(R"({"Effect": "Allow", "Action": "*",
                     "Resource": "arn:aws:s3::${aws:PrincipalAccount}:b/*"})")),
      ElementsAre("resource `arn:aws:s3:::b/a.txt` does not match "
                  "`arn:aws:s3::${aws:PrincipalAccount}:b/*`; "
                  "`${aws:PrincipalAccount}` is literal text before the fifth "
                  "colon of an ARN"));
}

// A question with policies in all layers, and a caller of any kind.
class LayersTest : public testing::Test {
 protected:
  const Policy* Add(PolicyKind kind, absl::string_view statements) {
    Diagnostics faults;
    policies_.push_back(Policy::CompileText(
        absl::StrCat(R"({"Version": "2012-10-17", "Statement": [)", statements,
                     "]}"),
        kind, {absl::StrCat("p", policies_.size()), "", ""}, &faults));
    EXPECT_TRUE(faults.empty()) << ToString(faults.front());
    return policies_.back().get();
  }

  void SetCaller(absl::string_view arn, absl::string_view role = "") {
    caller_ = *OwnedPrincipal::FromArn(arn, role);
  }
  void SetCallerService(absl::string_view name) {
    caller_ = *OwnedPrincipal::Service(name);
  }

  std::string Lacking(absl::string_view action = "s3:GetObject",
                      absl::string_view resource = "arn:aws:s3:::b/a.txt",
                      absl::string_view account = "123456789012") {
    const auto name = ActionName::Parse(action);
    const auto on = ResourceName::Parse(resource);
    Request request;
    request.principal = caller_.view();
    request.action = &*name;
    request.resource = &*on;
    request.resource_account = account;
    request.context = &context_;
    const Decision decision = Decide(request, set_);
    return Explain(request, set_, decision).lacking;
  }

  static constexpr absl::string_view kAll =
      R"({"Effect": "Allow", "Action": "*", "Resource": "*"})";
  static constexpr absl::string_view kOther =
      R"({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})";

  PolicySet set_;
  RequestContext context_;

 private:
  std::vector<std::shared_ptr<const Policy>> policies_;
  OwnedPrincipal caller_ =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/u");
};

TEST_F(LayersTest, NamesTheLevelOfAnOrganisation) {
  const Policy* const all[] = {Add(PolicyKind::kScp, kAll)};
  const Policy* const other[] = {Add(PolicyKind::kScp, kOther)};
  const Policy* const identity[] = {Add(PolicyKind::kIdentity, kAll)};
  const PolicySpan levels[] = {all, other, all};
  set_.scps = {true, levels};
  set_.identity = identity;
  EXPECT_EQ(Lacking(),
            "an Allow for this action in a service control policy at level 2 "
            "of 3 from the root");
}

// Mending the first alone would not help.
TEST_F(LayersTest, NamesTheLeastSetThatSuffices) {
  const Policy* const all[] = {Add(PolicyKind::kScp, kAll)};
  const Policy* const other[] = {Add(PolicyKind::kScp, kOther)};
  const PolicySpan levels[] = {other, all, {}};
  set_.scps = {true, levels};
  set_.boundary = {true, {}};
  EXPECT_EQ(Lacking(),
            "an Allow for this action in a service control policy at level 1 "
            "of 3 from the root; and an Allow for this action in a service "
            "control policy at level 3 of 3 from the root; and an Allow for "
            "this action in an identity-based policy; and an Allow for this "
            "action in the permissions boundary");
}

TEST_F(LayersTest, SaysThatBothAccountsMustAllow) {
  EXPECT_EQ(Lacking("s3:GetObject", "arn:aws:s3:::b/a", "999988887777"),
            "across accounts both must allow, `123456789012` of the caller and "
            "`999988887777` of the resource: an Allow for this action in an "
            "identity-based policy; and an Allow for this action in a "
            "resource-based policy");
  const Policy* const identity[] = {Add(PolicyKind::kIdentity, kAll)};
  set_.identity = identity;
  EXPECT_EQ(Lacking("s3:GetObject", "arn:aws:s3:::b/a", "999988887777"),
            "across accounts both must allow, `123456789012` of the caller and "
            "`999988887777` of the resource: an Allow for this action in a "
            "resource-based policy");
}

TEST_F(LayersTest, SaysThatAFederatedUserNeedsASessionPolicy) {
  const Policy* const identity[] = {Add(PolicyKind::kIdentity, kAll)};
  set_.identity = identity;
  SetCaller("arn:aws:sts::123456789012:federated-user/f");
  EXPECT_EQ(Lacking(),
            "an Allow for this action in a session policy, without which a "
            "federated user has no permissions of its own");
}

TEST_F(LayersTest, SaysThatARoleHasAPath) {
  const Policy* const trust[] = {Add(PolicyKind::kResource, R"(
      {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal":
       {"AWS": "arn:aws:iam::123456789012:role/gitlab-runner"}})")};
  set_.resource = {true, trust};
  const Policy* const identity[] = {Add(PolicyKind::kIdentity, kOther)};
  set_.identity = identity;
  set_.boundary = {true, identity};
  SetCaller("arn:aws:sts::123456789012:assumed-role/gitlab-runner/s1",
            "arn:aws:iam::123456789012:role/ci/gitlab-runner");
  EXPECT_THAT(Lacking("s3:GetObject", "arn:aws:s3:::b/a", "123456789012"),
              HasSubstr("an Allow for this action in an identity-based"));
  EXPECT_THAT(
      Lacking("s3:GetObject", "arn:aws:s3:::b/a", "999988887777"),
      HasSubstr(
          "a resource-based policy has statement 0 of `p0`, but principal "
          "`arn:aws:sts::123456789012:assumed-role/gitlab-runner/s1` is not "
          "named by `arn:aws:iam::123456789012:role/gitlab-runner`; the "
          "session's role is `arn:aws:iam::123456789012:role/ci/gitlab-runner`"
          ", and a path belongs to the ARN of a role"));
}

TEST_F(LayersTest, SaysWhomNotPrincipalDoesNotSpare) {
  const Policy* const identity[] = {Add(PolicyKind::kIdentity, kAll)};
  set_.identity = identity;
  const Policy* const resource[] = {Add(PolicyKind::kResource, R"(
      {"Sid": "But", "Effect": "Deny", "Action": "*", "Resource": "*",
       "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/R"}})")};
  set_.resource = {true, resource};
  SetCaller("arn:aws:sts::123456789012:assumed-role/R/s");
  const std::string held =
      "no Allow overrides a Deny: `But` of `p1` in a resource-based policy "
      "denies because ";
  EXPECT_EQ(
      Lacking(),
      held +
          "NotPrincipal `arn:aws:iam::123456789012:role/R` does not list "
          "`arn:aws:sts::123456789012:assumed-role/R/s`, "
          "`arn:aws:iam::123456789012:root`; "
          "`arn:aws:sts::123456789012:assumed-role/R/s`, "
          "`arn:aws:iam::123456789012:root` in the list of NotPrincipal would "
          "lift it");
  set_.boundary = {true, identity};
  EXPECT_EQ(Lacking(),
            held +
                "the caller has a permissions boundary, and NotPrincipal "
                "`arn:aws:iam::123456789012:role/R` spares nobody who has one, "
                "and would have to go");
}

// What the trust policy would say if its condition held is what counts: it
// names the account only, so that the caller's own policies are asked, too.
TEST_F(LayersTest, AGrantToAnAccountLeavesItToTheCallersPolicies) {
  const Policy* const trust[] = {Add(PolicyKind::kTrust, R"(
      {"Sid": "Partner", "Effect": "Allow", "Action": "sts:AssumeRole",
       "Principal": {"AWS": "123456789012"},
       "Condition": {"StringEquals": {"sts:ExternalId": "right"}}})")};
  set_.resource = {true, trust};
  context_.Set(ContextKey("sts:ExternalId"), "wrong");
  EXPECT_EQ(Lacking("sts:AssumeRole", "arn:aws:iam::123456789012:role/R"),
            "the role's trust policy has `Partner` of `p0`, but "
            "`sts:ExternalId` is `wrong`, StringEquals needs `right`; and an "
            "Allow for this action in an identity-based policy");
}

}  // namespace
}  // namespace rolegate
