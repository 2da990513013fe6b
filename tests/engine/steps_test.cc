// Hostile policies and requests cost by the size of their patterns and texts,
// never by the product of them.  Steps are counted, never time: what production
// counts, too (engine/text/step_costs.h).

#include "engine/text/steps.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/decide.h"
#include "engine/program/policy.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

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
  StepBudget budget(StepBudget::kUnlimited);
  request.budget = &budget;
  EXPECT_EQ(Decide(request, set).verdict, expected);
  EXPECT_GT(budget.spent(), 0u);
  return budget.spent();
}

std::string Statement(const std::string& action, const std::string& resource,
                      const std::string& condition = "") {
  return absl::StrCat(R"({"Effect": "Allow", "Action": ")", action,
                      R"(", "Resource": ")", resource, R"(")",
                      condition.empty() ? "" : ", \"Condition\": ", condition,
                      "}");
}

// A pattern and a text that do not match, of about `size` each, as the values
// of StringLike, or of Resource behind an ARN's five parts.
struct Family {
  const char* name;
  std::string (*pattern)(std::size_t size);
  std::string (*text)(std::size_t size);
  bool of_resource = false;
};

std::uint64_t StepsOf(const Family& family, std::size_t pattern_size,
                      std::size_t text_size) {
  const std::string pattern = family.pattern(pattern_size);
  const std::string text = family.text(text_size);
  if (family.of_resource) {
    return Steps({.policy = Statement("s3:*", "arn:aws:s3:::" + pattern),
                  .resource = "arn:aws:s3:::" + text},
                 Verdict::kImplicitDeny);
  }
  return Steps(
      {.policy = Statement(
           "*", "*",
           absl::StrCat(R"({"StringLike": {"app:k": ")", pattern, "\"}}")),
       .values = {text}},
      Verdict::kImplicitDeny);
}

std::string Of(char c, std::size_t size) { return std::string(size, c); }

constexpr char kEAcute[] = "\xc3\xa9";

// What literals, stars and runs of `?` alone make up is linear: if all doubles,
// so do the steps.
const Family kLinear[] = {
    {"stars between letters",
     [](std::size_t n) { return Repeat("*a", n / 2) + "*b"; },
     [](std::size_t n) { return Of('a', n); }},
    {"a literal that nearly matches everywhere",
     [](std::size_t n) { return "*" + Of('a', n / 4) + "b*"; },
     [](std::size_t n) { return Of('a', n); }},
    {"a literal that nearly matches backwards",
     [](std::size_t n) { return "*b" + Of('a', n / 4) + "*"; },
     [](std::size_t n) { return Of('a', n); }},
    {"a literal with a period",
     [](std::size_t n) { return "*" + Repeat("ab", n / 8) + "b*"; },
     [](std::size_t n) { return Repeat("ab", n / 2); }},
    {"a literal with a long period",
     [](std::size_t n) {
       return "*" + Repeat(Of('a', n / 32) + "b", 8) + "c*";
     },
     [](std::size_t n) { return Repeat(Of('a', n / 32) + "b", 32); }},
    {"many literals that nearly match",
     [](std::size_t n) { return Repeat("*" + Of('a', 15) + "b", n / 16); },
     [](std::size_t n) { return Of('a', n); }},
    {"many literals that match",
     [](std::size_t n) { return Repeat("*" + Of('a', 15), n / 16) + "b"; },
     [](std::size_t n) { return Of('a', n); }},
    {"literals that match late",
     [](std::size_t n) { return "*" + Of('a', n / 2) + "b*c*"; },
     [](std::size_t n) { return Of('a', n) + "b"; }},
    {"a run of ?", [](std::size_t n) { return "*" + Of('?', n / 2) + "b"; },
     [](std::size_t n) { return Of('a', n); }},
    {"runs of ? between stars",
     [](std::size_t n) { return Repeat("*???", n / 4) + "*b"; },
     [](std::size_t n) { return Of('a', n); }},
    {"runs of ? and characters of two bytes",
     [](std::size_t n) { return "*" + Of('?', n / 4) + "b"; },
     [](std::size_t n) { return Repeat(kEAcute, n / 2); }},
    {"a character that is cut",
     [](std::size_t n) { return Repeat("*?", n / 4) + "b"; },
     [](std::size_t n) { return Repeat("\xc3", n); }},
    {"? behind a letter, to the end",
     [](std::size_t n) { return "*" + Repeat("a?", n / 4) + "b"; },
     [](std::size_t n) { return Of('a', n); }},
    {"the whole text, but for its end",
     [](std::size_t n) { return Of('a', n) + "*b"; },
     [](std::size_t n) { return Of('a', n); }},
};

TEST(Steps, OfLiteralsStarsAndRunsAreLinear) {
  for (Family family : kLinear) {
    for (const bool of_resource : {false, true}) {
      family.of_resource = of_resource;
      const std::uint64_t small = StepsOf(family, 3500, 3500);
      const std::uint64_t large = StepsOf(family, 7000, 7000);
      EXPECT_LE(large, small * 22 / 10) << family.name;
      EXPECT_LE(large, 8u * (7000 + 7000)) << family.name;
    }
    // A text that is no UTF-8 has more characters than a resource may have.
    family.of_resource = false;
    EXPECT_LE(StepsOf(family, 28'000, 56'000), 8u * (28'000 + 56'000))
        << family.name;
  }
}

// Where literals and `?` take turns, 63 of them are held against the text at
// once: twice the pattern or twice the text is twice the steps, and the product
// is divided.
const Family kMixed[] = {
    {"? behind a letter",
     [](std::size_t n) { return "*" + Repeat("a?", n / 2) + "b*"; },
     [](std::size_t n) { return Of('a', n); }},
    {"a letter and a run of ?",
     [](std::size_t n) { return "*a" + Of('?', n) + "b*"; },
     [](std::size_t n) { return Of('a', n); }},
    {"? and characters of two bytes",
     [](std::size_t n) {
       return "*" + Repeat(std::string(kEAcute) + "?", n / 3) + "b*";
     },
     [](std::size_t n) { return Repeat(kEAcute, n / 2); }},
};

TEST(Steps, OfMixedPartsAreDividedByAWord) {
  for (const Family& family : kMixed) {
    const std::uint64_t steps = StepsOf(family, 2000, 30'000);
    EXPECT_LE(StepsOf(family, 4000, 30'000), steps * 22 / 10) << family.name;
    EXPECT_LE(StepsOf(family, 2000, 60'000), steps * 22 / 10) << family.name;
    EXPECT_LE(steps, 2000u * 30'000 / 4) << family.name;
  }
}

// Short mixed parts, one after the other, are linear again.
TEST(Steps, OfManyShortMixedPartsAreLinear) {
  const Family family = {
      "a?a between stars",
      [](std::size_t n) { return Repeat("*a?ab", n / 5) + "*c"; },
      [](std::size_t n) { return Repeat("aaab", n / 4); }};
  const std::uint64_t small = StepsOf(family, 15'000, 15'000);
  EXPECT_LE(StepsOf(family, 30'000, 30'000), small * 22 / 10);
  EXPECT_LE(small, 16u * 30'000);
}

TEST(Steps, OfActionsAreLinear) {
  const std::pair<std::string, std::string> cases[] = {
      {Repeat("*a", 100) + "*b", std::string(250, 'a')},
      {"*" + std::string(125, 'a') + "b*", std::string(250, 'a')},
      {"*" + std::string(120, '?') + "b", std::string(250, 'a')},
      {"*" + Repeat("a?", 60) + "b*", std::string(250, 'a')},
      {"*" + std::string(10'000, 'a') + "*", std::string(250, 'a')},
  };
  for (const auto& [pattern, name] : cases) {
    EXPECT_LE(Steps({.policy = Statement("s3:" + pattern, "*"),
                     .action = "s3:" + name},
                    Verdict::kImplicitDeny),
              16 * (pattern.size() + name.size()) + 2000)
        << pattern;
  }
}

TEST(Steps, VariablesWithWildcardsInTheirValues) {
  const std::string value = Repeat("*a", 500);
  const std::string resource = "arn:aws:s3:::" + Repeat("*a", 4000);
  const std::string pattern = "arn:aws:s3:::*${app:k}*${app:k}*b";
  EXPECT_LE(Steps({.policy = Statement("s3:*", pattern),
                   .resource = resource,
                   .values = {value}},
                  Verdict::kImplicitDeny),
            8 * (pattern.size() + 2 * value.size() + resource.size()));
}

// A value that stands in a pattern twice is looked up again, and compared
// with the same place of the text no more often for it.
TEST(Steps, VariablesSideBySide) {
  const std::string value = std::string(2000, 'a');
  const std::string resource = "arn:aws:s3:::" + std::string(8000, 'a');
  const std::string pattern = "arn:aws:s3:::*${app:k}${app:k}b*";
  EXPECT_LE(Steps({.policy = Statement("s3:*", pattern),
                   .resource = resource,
                   .values = {value}},
                  Verdict::kImplicitDeny),
            2 * value.size() * resource.size() / 4);
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
            2000u);
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
