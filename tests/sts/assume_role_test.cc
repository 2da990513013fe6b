// AssumeRole: trust, permission, durations, tags, source identity, chains.

#include "engine/sts/assume_role.h"

#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::Trust;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class AssumeRoleTest : public ::testing::Test {
 protected:
  AssumeRoleTest() {
    const std::string tagging = Policy(R"({"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com",
                      "AWS": "arn:aws:iam::123456789012:role/First"},
        "Action": ["sts:AssumeRole", "sts:TagSession",
                   "sts:SetSourceIdentity"]})");
    const std::string list =
        absl::StrCat("[",
                     Role("First", tagging, Allow("sts:*"),
                          ", \"MaxSessionDuration\": 7200"),
                     ",", Role("Second", tagging, Allow("s3:*")), ",",
                     Role("Plain", Trust(kEc2), Allow("s3:*")), "]");
    Diagnostics faults;
    const RegistryOptions registry_options;
    snapshot_ =
        BuildSnapshot({ParseRegistryFile("roles.json", list, registry_options)},
                      registry_options, &faults);
    EXPECT_NE(snapshot_, nullptr)
        << (faults.empty() ? "" : ToString(faults[0]));
    input_.role_arn = RoleArn("First");
    input_.role_session_name = "test";
    ec2_.principal = *OwnedPrincipal::Service("ec2.amazonaws.com");
  }

  AssumeRoleOutcome Run(const Subject& caller) {
    return AssumeRole(*snapshot_, options_, caller, input_, {}, kNow);
  }
  std::string Error(const Subject& caller) {
    const AssumeRoleOutcome outcome = Run(caller);
    return outcome.ok() ? ""
                        : std::string(ErrorName(outcome.result.error().code));
  }
  Subject Session(const Subject& caller) {
    AssumeRoleOutcome outcome = Run(caller);
    RoleSession session = *std::move(outcome.result);
    session.access_key_id = "RGSAAAAAAAAAAAAAAAAA";
    return Subject::OfSession(std::make_shared<RoleSession>(session));
  }

  std::shared_ptr<const Snapshot> snapshot_;
  AccessOptions options_;
  AssumeRoleInput input_;
  Subject ec2_;
};

TEST_F(AssumeRoleTest, DefaultsToOneHour) {
  const AssumeRoleOutcome outcome = Run(ec2_);
  ASSERT_TRUE(outcome.ok());
  const RoleSession& session = (*outcome.result);
  EXPECT_EQ(session.expires_at - session.issued_at, absl::Hours(1));
  EXPECT_EQ(session.arn(), "arn:aws:sts::123456789012:assumed-role/First/test");
  EXPECT_EQ(session.assumed_role_id(), "AROAFirst:test");
}

// A session whose policy could take a whole check's budget is not made.
TEST_F(AssumeRoleTest, SessionPoliciesAreBoundedByTheirCost) {
  std::string values;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&values, "\"*a?a", i, "*\",");
  input_.policy = Policy(absl::StrCat(
      R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
          "Condition": {"StringLike": {"app:k": [)",
      values, R"("x"]}}})"));
  EXPECT_EQ(Error(ec2_), "MalformedPolicyDocument");
  options_.max_check_steps = 1'000'000'000;
  EXPECT_EQ(Error(ec2_), "");
}

TEST_F(AssumeRoleTest, DurationsEndAtTheRolesMaximum) {
  input_.duration_seconds = 7200;
  EXPECT_EQ(Error(ec2_), "");
  input_.duration_seconds = 7201;
  EXPECT_EQ(Error(ec2_), "ValidationError");
}

TEST_F(AssumeRoleTest, ChainedSessionsEndAfterAnHour) {
  const Subject first = Session(ec2_);
  input_.role_arn = RoleArn("Second");
  input_.duration_seconds = 3600;
  EXPECT_EQ(Error(first), "");
  input_.duration_seconds = 3601;
  EXPECT_EQ(Error(first), "ValidationError");
  // Also where the role would give others more.
  input_.role_arn = RoleArn("First");
  EXPECT_EQ(Error(first), "ValidationError");
  input_.duration_seconds = 3600;
  EXPECT_EQ(Error(first), "");
}

// A role that was deleted and made anew under the same name is another one.
TEST_F(AssumeRoleTest, ASessionIsOfTheVeryRoleThatGaveIt) {
  const Subject first = Session(ec2_);
  EXPECT_EQ(CheckSubject(*snapshot_, first, kNow), SubjectState::kAlive);
  auto older = std::make_shared<RoleSession>(*first.session);
  older->role_id = "AROABEFORE";
  EXPECT_EQ(CheckSubject(*snapshot_, Subject::OfSession(older), kNow),
            SubjectState::kUnknownRole);
}

TEST_F(AssumeRoleTest, SourceIdentityStaysAlongTheChain) {
  input_.source_identity = "alice";
  const Subject first = Session(ec2_);
  EXPECT_EQ(first.session->source_identity, "alice");
  input_.role_arn = RoleArn("Second");
  input_.source_identity.reset();
  EXPECT_EQ(Session(first).session->source_identity, "alice");
  input_.source_identity = "mallory";
  EXPECT_NE(Error(first), "");
}

TEST_F(AssumeRoleTest, TransitiveTagsStayAndCannotBeOverridden) {
  input_.tags = {{"Team", "red"}, {"Only", "here"}};
  input_.transitive_tag_keys = {"Team"};
  const Subject first = Session(ec2_);
  input_.role_arn = RoleArn("Second");
  input_.tags.clear();
  input_.transitive_tag_keys.clear();
  const Subject second = Session(first);
  ASSERT_EQ(second.session->tags.size(), 1u);
  EXPECT_EQ(second.session->tags[0].key, "Team");
  EXPECT_THAT(second.session->chain, ElementsAre("RGSAAAAAAAAAAAAAAAAA"));
  input_.tags = {{"TEAM", "blue"}};
  EXPECT_EQ(Error(first), "InvalidParameterValue");
}

// In whatever script: a tag that another spelling hides is no second tag.
TEST_F(AssumeRoleTest, TagsThatDifferInLetterCaseAreOneTag) {
  input_.tags = {{"Équipe", "rouge"}, {"éQUIPE", "bleu"}};
  EXPECT_EQ(Error(ec2_), "InvalidParameterValue");
  input_.tags = {{"Équipe", "rouge"}};
  input_.transitive_tag_keys = {"équipe"};
  const Subject first = Session(ec2_);
  input_.role_arn = RoleArn("Second");
  input_.tags = {{"équipe", "bleu"}};
  input_.transitive_tag_keys.clear();
  EXPECT_EQ(Error(first), "InvalidParameterValue");
}

// A request of 1 MiB has room for half a million empty members.
TEST_F(AssumeRoleTest, ListsThatAreTooLongAreRefusedForTheirLengthAlone) {
  input_.tags.resize(500'000);
  input_.transitive_tag_keys.resize(500'000);
  input_.policy_arns.resize(500'000);
  const AssumeRoleOutcome outcome = Run(ec2_);
  const ApiError* const error =
      outcome.result.ok() ? nullptr : &outcome.result.error();
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code, ErrorCode::kValidationError);
  // Each list is too long, and as many members as it may have are empty.
  EXPECT_EQ(error->violations.size(), 3u + 50 + 50 + 10);
}

// Compiling costs more than counting, so that nobody has a megabyte compiled.
TEST_F(AssumeRoleTest, ASessionPolicyIsMeasuredBeforeItIsCompiled) {
  const std::string policy = Allow("s3:*");
  const struct {
    std::string policy;
    const char* error;
  } kCases[] = {
      {policy, ""},
      {policy + std::string(10'000, ' '), ""},
      {"[[[", "MalformedPolicyDocument"},
      {std::string(10'000, '['), "ValidationError"},
      {Allow(absl::StrCat("s3:", std::string(10'000, 'x'))), "ValidationError"},
  };
  for (const auto& c : kCases) {
    input_.policy = c.policy;
    EXPECT_EQ(Error(ec2_), c.error) << c.policy.substr(0, 100);
  }
}

TEST_F(AssumeRoleTest, TagsNeedTheirOwnPermission) {
  input_.role_arn = RoleArn("Plain");
  EXPECT_EQ(Error(ec2_), "");
  input_.tags = {{"a", "b"}};
  EXPECT_EQ(Error(ec2_), "AccessDenied");
}

TEST_F(AssumeRoleTest, Refusals) {
  Subject root;
  root.principal = *OwnedPrincipal::Account("123456789012");
  EXPECT_EQ(Error(root), "AccessDenied");
  Subject other;
  other.principal = *OwnedPrincipal::Service("lambda.amazonaws.com");
  EXPECT_EQ(Error(other), "AccessDenied");
  input_.role_arn = RoleArn("Unknown");
  EXPECT_EQ(Error(ec2_), "AccessDenied");
}

// What the trust policies of other roles say, which are asked so that time does
// not tell, is seen nowhere: not even where all of them trust the caller.
TEST_F(AssumeRoleTest, AnUnknownRoleIsRefusedWhateverOthersTrust) {
  for (int i = 0; i < 100; ++i) {
    input_.role_arn = RoleArn(absl::StrCat("Unknown", i));
    const AssumeRoleOutcome outcome = Run(ec2_);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.role, nullptr);
    ASSERT_EQ(outcome.decisions.size(), 1u);
    const Decision& decision = outcome.decisions[0].decision;
    EXPECT_EQ(decision.verdict, Verdict::kImplicitDeny);
    EXPECT_FALSE(decision.deciding());
    EXPECT_EQ(decision[Layer::kTrust], LayerOutcome{.present = true});
  }
}

TEST_F(AssumeRoleTest, RefusalsDecideByTheSameKeys) {
  Subject other;
  other.principal = *OwnedPrincipal::Service("lambda.amazonaws.com");
  input_.role_arn = RoleArn("Plain");
  const AssumeRoleOutcome known = Run(other);
  input_.role_arn = RoleArn("Pliny");
  const AssumeRoleOutcome unknown = Run(other);
  ASSERT_FALSE(known.ok());
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(known.refused_context, unknown.refused_context);
  EXPECT_GT(known.refused_context.size(), 5u);
  ASSERT_EQ(known.decisions.size(), unknown.decisions.size());
  EXPECT_EQ(known.decisions[0].action, unknown.decisions[0].action);
  EXPECT_EQ(known.decisions[0].decision.layers,
            unknown.decisions[0].decision.layers);
}

// Operators read what failed, what was wanted and what was there.
TEST_F(AssumeRoleTest, ARefusalSaysWhatItLacks) {
  Subject other;
  other.principal = *OwnedPrincipal::Service("lambda.amazonaws.com");
  EXPECT_EQ(Run(other).lacking,
            "the role's trust policy has statement 0 of "
            "`AssumeRolePolicyDocument` "
            "(roles.json:1), but principal `lambda.amazonaws.com` is not named "
            "by `ec2.amazonaws.com`, "
            "`arn:aws:iam::123456789012:role/First`");
  input_.role_arn = RoleArn("Plain");
  input_.tags = {{"Team", "red"}};
  EXPECT_EQ(Run(ec2_).lacking,
            "an Allow for this action in the role's trust policy");
  input_.role_arn = RoleArn("Unknown");
  EXPECT_EQ(Run(ec2_).lacking, "");
}

// Its form says nothing of which roles there are.
TEST_F(AssumeRoleTest, ARoleArnThatIsNoneIsAValidationError) {
  const struct {
    const char* arn;
    const char* error;
  } kCases[] = {
      {"arn:aws:iam::123456789012:role/Unknown", "AccessDenied"},
      {"arn:aws:iam::123456789012:role/a/b/Unknown", "AccessDenied"},
      {"arn:aws-cn:iam::123456789012:role/Unknown", "AccessDenied"},
      {"arn:aws:iam:123456789012:role/First", "ValidationError"},
      {"arn:aws:iam::12345678901:role/First", "ValidationError"},
      {"arn:aws:iam:::role/First-and-more", "ValidationError"},
      {"arn:aws:iam::123456789012:role/", "ValidationError"},
      {"arn:aws:iam::123456789012:role:First", "ValidationError"},
      {"arn:aws:iam::123456789012:user/First", "ValidationError"},
      {"arn:aws:iam:eu-west-1:123456789012:role/First", "ValidationError"},
      {"arn:aws:sts::123456789012:assumed-role/First/s", "ValidationError"},
      {"arn::iam::123456789012:role/First", "ValidationError"},
      {"a role whose name is First", "ValidationError"},
      {" arn:aws:iam::123456789012:role/First", "ValidationError"},
  };
  for (const auto& c : kCases) {
    input_.role_arn = c.arn;
    EXPECT_EQ(Error(ec2_), c.error) << c.arn;
  }
}

TEST_F(AssumeRoleTest, WhatIsRefusedBeforehandIsDecidedAndRefused) {
  input_.refused_beforehand = true;
  const AssumeRoleOutcome outcome = Run(ec2_);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.result.error().code, ErrorCode::kAccessDenied);
  ASSERT_EQ(outcome.decisions.size(), 1u);
  EXPECT_TRUE(outcome.decisions[0].decision.allowed());
  EXPECT_FALSE(outcome.refused_context.empty());
}

}  // namespace
}  // namespace rolegate
