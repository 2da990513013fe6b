// Hostile policies and requests cost no more than pattern x text.  Steps are
// counted, never time: this test compiles the matching again, with its counter.

#include "engine/steps.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide.h"
#include "engine/policy.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

#ifndef ROLEGATE_COUNT_STEPS
#error "compile with ROLEGATE_COUNT_STEPS"
#endif

namespace rolegate {
namespace {

std::string Repeat(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

struct Question {
  std::string policy;  // its statements
  std::string action = "s3:GetObject";
  std::string resource = "*";
  std::vector<std::string> values;  // of app:k
};

// The steps of one decision.
std::uint64_t Steps(const Question& question, Verdict expected) {
  Diagnostics faults;
  const auto policy =
      Policy::CompileText(testing::Policy(question.policy),
                          PolicyKind::kIdentity, {"p", "", ""}, &faults);
  if (policy == nullptr) {
    ADD_FAILURE() << ToString(faults.at(0));
    return 0;
  }
  const auto principal =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  const ActionName action = *ActionName::Parse(question.action);
  const ResourceName resource = *ResourceName::Parse(question.resource);
  const std::vector<absl::string_view> values(question.values.begin(),
                                              question.values.end());
  RequestContext context;
  if (!values.empty()) context.SetList(ContextKey("app:k"), values);
  const Policy* const policies[] = {policy.get()};
  PolicySet set;
  set.identity = policies;
  Request request;
  request.principal = principal.view();
  request.action = &action;
  request.resource = &resource;
  request.resource_account = "123456789012";
  request.context = &context;
  steps_taken = 0;
  EXPECT_EQ(Decide(request, set).verdict, expected);
  EXPECT_GT(steps_taken, 0u);
  return steps_taken;
}

std::string Statement(const std::string& action, const std::string& resource,
                      const std::string& condition = "") {
  return absl::StrCat(R"({"Effect": "Allow", "Action": ")", action,
                      R"(", "Resource": ")", resource, R"(")",
                      condition.empty() ? "" : ", \"Condition\": ", condition,
                      "}");
}

TEST(Steps, StarsInAnAction) {
  const std::string pattern = "s3:" + Repeat("*a", 100) + "*b";
  const std::string action = "s3:" + std::string(250, 'a');
  EXPECT_LE(Steps({.policy = Statement(pattern, "*"), .action = action},
                  Verdict::kImplicitDeny),
            pattern.size() * action.size());
}

TEST(Steps, StarsInAResource) {
  const std::string pattern = "arn:aws:s3:::" + Repeat("*a", 1000) + "*b";
  const std::string resource = "arn:aws:s3:::" + std::string(8000, 'a');
  EXPECT_LE(Steps({.policy = Statement("s3:*", pattern), .resource = resource},
                  Verdict::kImplicitDeny),
            pattern.size() * resource.size());
  // Far less, in fact: each star is taken back for the last time once.
  EXPECT_LE(Steps({.policy = Statement("s3:*", pattern), .resource = resource},
                  Verdict::kImplicitDeny),
            10 * (pattern.size() + resource.size()));
}

TEST(Steps, StarsThatNearlyMatch) {
  const std::string pattern = "arn:aws:s3:::*" + std::string(1000, 'a') + "b";
  const std::string resource = "arn:aws:s3:::" + std::string(8000, 'a');
  EXPECT_LE(Steps({.policy = Statement("s3:*", pattern), .resource = resource},
                  Verdict::kImplicitDeny),
            pattern.size() * resource.size());
}

TEST(Steps, QuestionMarksAndCharactersOfSeveralBytes) {
  const std::string pattern = "arn:aws:s3:::" + Repeat("*?", 500) + "x";
  const std::string resource = "arn:aws:s3:::" + Repeat("\xc3\xa9", 4000);
  EXPECT_LE(Steps({.policy = Statement("s3:*", pattern), .resource = resource},
                  Verdict::kImplicitDeny),
            pattern.size() * resource.size());
}

TEST(Steps, VariablesWithWildcardsInTheirValues) {
  const std::string value = Repeat("*a", 500);
  const std::string resource = "arn:aws:s3:::" + Repeat("*a", 4000);
  const std::string pattern = "arn:aws:s3:::*${app:k}*${app:k}*b";
  EXPECT_LE(Steps({.policy = Statement("s3:*", pattern),
                   .resource = resource,
                   .values = {value}},
                  Verdict::kImplicitDeny),
            (pattern.size() + 2 * value.size()) * resource.size());
}

TEST(Steps, AConditionOfTenThousandValues) {
  std::vector<std::string> listed;
  for (int i = 0; i < 10'000; ++i) listed.push_back(absl::StrCat("v", i));
  const std::string text =
      absl::StrCat("\"", absl::StrJoin(listed, "\",\""), "\"");
  const std::string condition =
      absl::StrCat(R"({"ForAnyValue:StringEquals": {"app:k": [)", text, "]}}");
  std::vector<std::string> values;
  for (int i = 0; i < 100; ++i) values.push_back(absl::StrCat("w", i));
  std::size_t value_bytes = 0;
  for (const std::string& value : values) value_bytes += value.size();
  EXPECT_LE(Steps({.policy = Statement("*", "*", condition), .values = values},
                  Verdict::kImplicitDeny),
            text.size() * value_bytes);
}

TEST(Steps, LikeOfTenThousandPatterns) {
  std::vector<std::string> listed;
  for (int i = 0; i < 10'000; ++i) listed.push_back(absl::StrCat("*a*", i));
  const std::string text =
      absl::StrCat("\"", absl::StrJoin(listed, "\",\""), "\"");
  const std::string condition =
      absl::StrCat(R"({"StringLike": {"app:k": [)", text, "]}}");
  const std::string value = std::string(1000, 'a');
  EXPECT_LE(Steps({.policy = Statement("*", "*", condition), .values = {value}},
                  Verdict::kImplicitDeny),
            text.size() * value.size());
}

TEST(Steps, FoldingOfLongValues) {
  const std::string value = Repeat("\xc3\x89", 4000);
  const std::string condition =
      absl::StrCat(R"({"StringEqualsIgnoreCase": {"app:k": ")",
                   Repeat("\xc3\xa9", 3999), "x\"}}");
  EXPECT_LE(Steps({.policy = Statement("*", "*", condition), .values = {value}},
                  Verdict::kImplicitDeny),
            value.size() * condition.size());
}

// Statements that no pattern of the request leads to cost nothing each.
TEST(Steps, TenThousandStatementsThatCannotMatch) {
  std::vector<std::string> statements;
  for (int i = 0; i < 10'000; ++i) {
    statements.push_back(
        Statement("s3:Get*", absl::StrCat("arn:aws:s3:::b", i, "/*")));
  }
  EXPECT_LE(Steps({.policy = absl::StrJoin(statements, ","),
                   .resource = "arn:aws:s3:::b7777/x"},
                  Verdict::kAllow),
            200u);
}

TEST(Steps, TenThousandStatementsThatAllNearlyMatch) {
  std::vector<std::string> statements;
  for (int i = 0; i < 10'000; ++i) {
    statements.push_back(
        Statement("s3:Get*", absl::StrCat("arn:aws:s3:::*", i, "x")));
  }
  const std::string all = absl::StrJoin(statements, ",");
  const std::string resource = "arn:aws:s3:::" + std::string(100, 'a');
  EXPECT_LE(
      Steps({.policy = all, .resource = resource}, Verdict::kImplicitDeny),
      all.size() * resource.size());
}

}  // namespace
}  // namespace rolegate
