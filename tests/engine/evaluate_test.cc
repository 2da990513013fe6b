// What a union of policies comes to: which elements stop a statement, which
// statement decides, and that an index changes nothing.

#include "engine/decide/evaluate.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/request.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

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

// Evaluates for user alice, who asks for s3:GetObject on arn:aws:s3:::b/k.
class Evaluate : public testing::Test {
 protected:
  LayerOutcome Outcome(const std::vector<std::string>& documents,
                       PolicyKind kind = PolicyKind::kIdentity,
                       bool with_index = false) {
    policies_.clear();
    std::vector<const Policy*> views;
    for (const std::string& statements : documents) {
      policies_.push_back(Compile(statements, kind));
      views.push_back(policies_.back().get());
    }
    const auto index = with_index ? PolicyIndex::Build(views) : nullptr;
    EXPECT_EQ(index != nullptr, with_index);
    const OwnedPrincipal caller =
        *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
    const ActionName action = *ActionName::Parse("s3:GetObject");
    const ResourceName resource = *ResourceName::Parse("arn:aws:s3:::b/k");
    RequestContext keys;
    keys.Set(ContextKey("aws:username"), "alice");
    Request request;
    request.principal = caller.view();
    request.action = &action;
    request.resource = &resource;
    request.context = &keys;
    StepBudget budget(kMaxCheckSteps);
    const ChargedContext context(keys, &budget);
    return EvaluatePolicies(views, request, context,
                            {.needs_principal = kind == PolicyKind::kResource},
                            index.get());
  }

  // "1.0": the first statement of the second document; "" for none.
  std::string DecidingOf(const LayerOutcome& outcome) const {
    for (std::size_t i = 0; i < policies_.size(); ++i) {
      if (outcome.deciding.policy == policies_[i].get()) {
        return absl::StrCat(i, ".", outcome.deciding.index);
      }
    }
    return "";
  }

  std::vector<std::shared_ptr<const Policy>> policies_;
};

constexpr char kAllow[] =
    R"({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"})";
constexpr char kDeny[] =
    R"({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})";
constexpr char kOther[] =
    R"({"Effect": "Deny", "Action": "ec2:*", "Resource": "*"})";

struct UnionRow {
  std::string description;
  std::vector<std::string> documents;
  Verdict verdict;
  std::string deciding;
};

TEST_F(Evaluate, AUnionIsDeniedByAnyDenyAndAllowedByAnyAllow) {
  const UnionRow rows[] = {
      {"no policies", {}, Verdict::kImplicitDeny, ""},
      {"a statement of another service", {kOther}, Verdict::kImplicitDeny, ""},
      {"an Allow", {kAllow}, Verdict::kAllow, "0.0"},
      {"a Deny", {kDeny}, Verdict::kExplicitDeny, "0.0"},
      {"a Deny after an Allow",
       {absl::StrCat(kAllow, ",", kDeny)},
       Verdict::kExplicitDeny,
       "0.1"},
      {"an Allow after a Deny",
       {absl::StrCat(kDeny, ",", kAllow)},
       Verdict::kExplicitDeny,
       "0.0"},
      {"a Deny in another policy",
       {kAllow, kDeny},
       Verdict::kExplicitDeny,
       "1.0"},
      {"the first of two that allow",
       {kOther, kAllow, kAllow},
       Verdict::kAllow,
       "1.0"},
      {"the first of two that deny",
       {kAllow, kDeny, kDeny},
       Verdict::kExplicitDeny,
       "1.0"},
  };
  for (const UnionRow& row : rows) {
    SCOPED_TRACE(row.description);
    const LayerOutcome outcome = Outcome(row.documents);
    EXPECT_TRUE(outcome.present);
    EXPECT_EQ(outcome.verdict, row.verdict);
    EXPECT_EQ(DecidingOf(outcome), row.deciding);
  }
}

struct ElementRow {
  std::string description;
  std::string elements;  // of a statement, all but its effect
  bool allow_matches;
  bool deny_matches;
};

// Rules 21 to 35: what stops a statement.
TEST_F(Evaluate, EveryElementMustMatch) {
  const ElementRow rows[] = {
      {"all of them", R"("Action": "s3:GetObject", "Resource": "*")", true,
       true},
      {"an action in another case",
       R"("Action": "S3:gETobject", "Resource": "*")", true, true},
      {"another action", R"("Action": "s3:PutObject", "Resource": "*")", false,
       false},
      {"NotAction that lists it", R"("NotAction": "s3:*", "Resource": "*")",
       false, false},
      {"NotAction that does not", R"("NotAction": "ec2:*", "Resource": "*")",
       true, true},
      {"another resource", R"("Action": "*", "Resource": "arn:aws:s3:::c/*")",
       false, false},
      {"one of two resources",
       R"("Action": "*",
          "Resource": ["arn:aws:s3:::c/*", "arn:aws:s3:::b/*"])",
       true, true},
      {"NotResource that lists it",
       R"("Action": "*", "NotResource": "arn:aws:s3:::b/*")", false, false},
      {"NotResource that does not",
       R"("Action": "*", "NotResource": "arn:aws:s3:::c/*")", true, true},
      {"NotResource without a value voids an Allow alone",
       R"("Action": "*", "NotResource": "arn:aws:s3:::${app:none}/*")", false,
       true},
      {"a variable", R"("Action": "*",
          "NotResource": "arn:aws:s3:::${aws:username}/*")",
       true, true},
      {"a condition that fails",
       R"("Action": "*", "Resource": "*",
          "Condition": {"StringEquals": {"aws:username": "bob"}})",
       false, false},
  };
  for (const ElementRow& row : rows) {
    SCOPED_TRACE(row.description);
    for (const auto& [effect, matches] :
         {std::pair("Allow", row.allow_matches),
          std::pair("Deny", row.deny_matches)}) {
      const LayerOutcome outcome = Outcome({absl::StrCat(
          R"({"Effect": ")", effect, R"(", )", row.elements, "}")});
      EXPECT_EQ(outcome.verdict != Verdict::kImplicitDeny, matches) << effect;
    }
  }
}

std::string By(const std::string& effect, const std::string& principal) {
  return absl::StrCat(R"({"Effect": ")", effect, R"(", "Principal": )",
                      principal, R"(, "Action": "*", "Resource": "*"})");
}

// Rule 54.
TEST_F(Evaluate, TheClosestMatchOfThoseThatAllowCounts) {
  const std::string account = By("Allow", R"({"AWS": "123456789012"})");
  const std::string direct =
      By("Allow", R"({"AWS": "arn:aws:iam::123456789012:user/alice"})");
  const LayerOutcome closer =
      Outcome({absl::StrCat(account, ",", direct)}, PolicyKind::kResource);
  EXPECT_EQ(closer.level, MatchLevel::kDirect);
  EXPECT_EQ(DecidingOf(closer), "0.1");
  const LayerOutcome first = Outcome({account, account}, PolicyKind::kResource);
  EXPECT_EQ(first.level, MatchLevel::kAccount);
  EXPECT_EQ(DecidingOf(first), "0.0");
  const LayerOutcome denied =
      Outcome({direct, By("Deny", R"({"AWS": "123456789012"})")},
              PolicyKind::kResource);
  EXPECT_EQ(denied.verdict, Verdict::kExplicitDeny);
  EXPECT_EQ(denied.level, MatchLevel::kNone);
}

// Rule 53.
TEST_F(Evaluate, AStatementOfAResourcePolicyNeedsAPrincipal) {
  EXPECT_EQ(Outcome({kAllow}, PolicyKind::kResource).verdict,
            Verdict::kImplicitDeny);
}

// Wherever the statements that matter stand among many, the outcome and the
// statement that decides are the same with an index and without.
TEST_F(Evaluate, AnIndexChangesNothing) {
  constexpr int kDocuments = 5;
  constexpr int kStatements = 60;
  for (int allow_at = 0; allow_at < kDocuments * kStatements; allow_at += 37) {
    for (int deny_at = -1; deny_at < kDocuments * kStatements; deny_at += 61) {
      std::vector<std::string> documents;
      for (int i = 0; i < kDocuments; ++i) {
        std::vector<std::string> statements;
        for (int j = 0; j < kStatements; ++j) {
          const int at = i * kStatements + j;
          statements.push_back(
              at == deny_at    ? kDeny
              : at >= allow_at ? kAllow
                               : absl::StrCat(R"({"Effect": "Allow",
                  "Action": "s3:Put)",
                                              at, R"(", "Resource": "*"})"));
        }
        documents.push_back(absl::StrJoin(statements, ","));
      }
      const LayerOutcome walked = Outcome(documents);
      const std::string deciding = DecidingOf(walked);
      const LayerOutcome indexed =
          Outcome(documents, PolicyKind::kIdentity, true);
      EXPECT_EQ(indexed.verdict, walked.verdict);
      EXPECT_EQ(DecidingOf(indexed), deciding);
    }
  }
}

}  // namespace
}  // namespace rolegate
