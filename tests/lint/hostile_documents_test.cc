// Documents of a megabyte that are written to cost as much as they can are
// answered within a call's budget, with bounded findings, and say where they
// were not looked at as a whole.  Steps are counted, never time; that steps are
// what they seem, validate_cost_test.py counts in instructions.

#include "tests/support/hostile_documents.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/lint/findings.h"
#include "engine/lint/lint.h"
#include "engine/lint/pattern_cover.h"
#include "engine/policy/document_faults.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/lint/cases.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::CodesOf;
using ::rolegate::testing::HostileFamilies;
using ::rolegate::testing::HostileFamily;
using ::rolegate::testing::Policy;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

struct Validation {
  bool loads = false;
  Diagnostics found;
  std::uint64_t steps = 0;
};

Validation Validate(const std::string& document, PolicyKind kind,
                    std::uint64_t max_steps = StepBudget::kUnlimited) {
  Validation validation;
  StepBudget steps(max_steps);
  CompileOptions options;
  options.inspector = LintPolicy;
  options.steps = &steps;
  validation.loads =
      rolegate::Policy::CompileText(document, kind, {"policy", "", ""},
                                    &validation.found, options) != nullptr;
  validation.steps = steps.spent();
  return validation;
}

std::size_t CountOf(const Diagnostics& found, absl::string_view code) {
  return static_cast<std::size_t>(
      std::count_if(found.begin(), found.end(),
                    [&](const Diagnostic& d) { return d.code == code; }));
}

bool IsIncomplete(const Validation& validation) {
  return CountOf(validation.found, InfoOf(Finding::kLintIncomplete).code) > 0;
}

std::string Statement(const std::string& action,
                      const std::string& resource = "*") {
  return absl::StrCat(R"({"Effect": "Allow", "Action": ")", action,
                      R"(", "Resource": ")", resource, "\"}");
}

// Quoted, with commas between them.
std::string List(const std::vector<std::string>& texts) {
  return absl::StrCat("\"", absl::StrJoin(texts, "\",\""), "\"");
}

// Each of them once, for documents of this size take a while to make.
class HostileDocuments : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const HostileFamily& family : HostileFamilies()) {
      const std::string document = family.make(kMebibyte);
      EXPECT_LE(document.size(), kMebibyte) << family.name;
      EXPECT_GT(document.size(), kMebibyte * 9 / 10) << family.name;
      validations_.emplace(family.name, Validate(document, family.kind));
    }
  }
  static void TearDownTestSuite() { validations_.clear(); }

  static std::map<std::string, Validation> validations_;
};
std::map<std::string, Validation> HostileDocuments::validations_;

TEST_F(HostileDocuments, CostNoMoreThanACallMay) {
  for (const auto& [name, validation] : validations_) {
    SCOPED_TRACE(name);
    EXPECT_GT(validation.steps, 0u);
    EXPECT_LE(validation.steps, kMaxCallSteps);
  }
}

TEST_F(HostileDocuments, AreAnsweredInFewWords) {
  for (const auto& [name, validation] : validations_) {
    SCOPED_TRACE(name);
    EXPECT_LE(validation.found.size(),
              kSeverities * (DocumentFaults::kMaxOfSeverity + 1));
    for (const Diagnostic& diagnostic : validation.found) {
      EXPECT_LE(diagnostic.path.size(), 3 * kMaxEchoBytes);
      EXPECT_LE(diagnostic.message.size(), 3 * kMaxEchoBytes);
    }
  }
}

// What is small is looked at as a whole, even where it is hostile.
TEST_F(HostileDocuments, AreLookedAtAsAWholeWhileTheyAreSmall) {
  for (const HostileFamily& family : HostileFamilies()) {
    SCOPED_TRACE(family.name);
    EXPECT_FALSE(IsIncomplete(Validate(family.make(4096), family.kind)));
  }
}

TEST_F(HostileDocuments, SayThatTheyWereNotLookedAtAsAWhole) {
  const std::set<std::string> cut_short = {"misspelled keys",
                                           "misspelled keys of many statements",
                                           "misspelled variables",
                                           "misspelled variables of one text",
                                           "many statements",
                                           "statements of long conditions",
                                           "statements of many values",
                                           "statements of many principals",
                                           "statements of many patterns",
                                           "many actions",
                                           "actions with wildcards",
                                           "actions with many wildcards",
                                           "short lists of actions",
                                           "resources with wildcards",
                                           "resources with many wildcards",
                                           "values with wildcards",
                                           "percent-encoded"};
  for (const std::string& name : cut_short) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(validations_.at(name).loads);
    EXPECT_TRUE(IsIncomplete(validations_.at(name)));
  }
}

// A call that is answered is answered whole: too few steps are no reason for a
// part of the findings.
TEST_F(HostileDocuments, AreRefusedWholeForWantOfSteps) {
  const std::string document = Policy(Statement("*"));
  const std::uint64_t needed = Validate(document, PolicyKind::kIdentity).steps;
  EXPECT_TRUE(Validate(document, PolicyKind::kIdentity, needed).loads);
  const Validation refused =
      Validate(document, PolicyKind::kIdentity, document.size());
  EXPECT_FALSE(refused.loads);
  ASSERT_EQ(refused.found.size(), 1u);
  EXPECT_EQ(ToString(refused.found[0]),
            "too large for the steps that are left");
  EXPECT_EQ(refused.found[0].code, "EvaluationBudgetExceeded");
}

TEST(ManyFaults, AreCountedAndTheFirstReported) {
  const std::vector<std::string> bad(1000, "NoColon");
  const Validation validation = Validate(
      Policy(absl::StrCat(R"({"Effect": "Allow", "Resource": "*", "Action": [)",
                          List(bad), "]}")),
      PolicyKind::kIdentity);
  ASSERT_EQ(validation.found.size(), DocumentFaults::kMaxOfSeverity + 1);
  EXPECT_EQ(validation.found.back().message,
            "and 750 more faults of this document");
  EXPECT_EQ(validation.found.back().code, "MoreFaults");
  EXPECT_GT(
      validation.found.back().position.column,
      validation.found[DocumentFaults::kMaxOfSeverity - 1].position.column);
  EXPECT_FALSE(validation.loads);
}

TEST(ManyFaults, OperatorsAreSuggestedForWhatIsReported) {
  std::string operators;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&operators, i == 0 ? "" : ",", "\"StringEqual", i % 10,
                    i / 10, "\": {}");
  }
  const Validation validation =
      Validate(Policy(absl::StrCat(R"({"Effect": "Allow", "Action": "*", )",
                                   R"("Resource": "*", "Condition": {)",
                                   operators, "}}")),
               PolicyKind::kIdentity);
  ASSERT_EQ(validation.found.size(), DocumentFaults::kMaxOfSeverity + 1);
  EXPECT_THAT(validation.found[0].message,
              ::testing::EndsWith("did you mean `StringEquals`?"));
}

TEST(ManyFindings, HideNoneThatIsGraver) {
  std::string statements;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&statements,
                    R"({"Sid": "", "Effect": "Deny", "Resource": "*", )",
                    R"("Action": "s3:A)", i, "\"},");
  }
  statements += Statement("*");
  const Validation validation =
      Validate(Policy(statements), PolicyKind::kIdentity);
  EXPECT_TRUE(validation.loads);
  EXPECT_EQ(CountOf(validation.found, "EmptySid"),
            DocumentFaults::kMaxOfSeverity);
  EXPECT_EQ(CountOf(validation.found, "AdministratorAccess"), 1u);
  ASSERT_EQ(CountOf(validation.found, "MoreFindings"), 1u);
  const auto more = std::find_if(
      validation.found.begin(), validation.found.end(),
      [](const Diagnostic& d) { return d.code == "MoreFindings"; });
  EXPECT_EQ(more->severity, Severity::kSuggestion);
  EXPECT_EQ(more->message, "and 750 more suggestions of this document");
}

// In a message, and in the path of everything below it.
TEST(LongNames, AreCutBetweenCharacters) {
  std::string key;
  for (int i = 0; i < 1000; ++i) key += "\xc3\xa9";
  const Validation validation = Validate(
      Policy(absl::StrCat(R"({"Effect": "Allow", "Action": "*", )",
                          R"("Resource": "*", "Condition": {"Bool": {"a)", key,
                          R"(": "maybe"}}})")),
      PolicyKind::kIdentity);
  std::string shown = "a";
  for (int i = 0; i < 127; ++i) shown += "\xc3\xa9";
  ASSERT_EQ(validation.found.size(), 1u);
  EXPECT_EQ(validation.found[0].path,
            absl::StrCat("Statement[0].Condition.Bool.", shown, "…"));
}

// Lists are looked through by what their members begin with: with the same
// findings as comparing each with each.
TEST(Lists, AreComparedAsEachWithEach) {
  std::mt19937 random(7);
  const auto pick = [&](const std::string& letters) {
    return letters[random() % letters.size()];
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> actions(1 + random() % 30);
    for (std::string& action : actions) {
      action = "s3:";
      for (std::size_t i = random() % 5; i < 5; ++i) action += pick("abA*?");
    }
    std::set<std::string> expected;
    StepBudget steps(StepBudget::kUnlimited);
    PatternCover cover(steps);
    for (std::size_t i = 0; i < actions.size(); ++i) {
      for (std::size_t j = 0; j < actions.size(); ++j) {
        if (i == j || !cover.Actions(actions[j], actions[i])) continue;
        if (j > i && cover.Actions(actions[i], actions[j])) continue;
        expected.insert(absl::StrCat(i, " ", actions[i]));
      }
    }
    // Each on a line of its own, which tells them apart.
    const Validation validation =
        Validate(Policy(absl::StrCat(
                     R"({"Effect": "Deny", "Resource": "*", "Action": [)",
                     "\n\"", absl::StrJoin(actions, "\",\n\""), "\"]}")),
                 PolicyKind::kIdentity);
    std::set<std::string> found;
    for (const Diagnostic& diagnostic : validation.found) {
      if (diagnostic.code != "RedundantAction") continue;
      const int index = diagnostic.position.line - 2;
      found.insert(absl::StrCat(index, " ", actions[index]));
    }
    EXPECT_EQ(found, expected);
  }
}

TEST(Statements, ManyAreComparedByWhatTheyBeginWith) {
  std::string statements;
  constexpr int kMany = 3000;
  for (int i = 0; i < kMany; ++i) {
    absl::StrAppend(
        &statements, i == 0 ? "" : ",",
        Statement("s3:GetObject", absl::StrCat("arn:aws:s3:::b", i, "/x")));
  }
  absl::StrAppend(&statements, ",", Statement("s3:Get*", "arn:aws:s3:::b77/*"));
  const Validation validation =
      Validate(Policy(statements), PolicyKind::kIdentity);
  EXPECT_FALSE(IsIncomplete(validation));
  ASSERT_EQ(CountOf(validation.found, "CoveredStatement"), 1u);
  for (const Diagnostic& diagnostic : validation.found) {
    if (diagnostic.code != "CoveredStatement") continue;
    EXPECT_EQ(diagnostic.path, "Statement[77]");
    EXPECT_THAT(diagnostic.message, ::testing::StartsWith(absl::StrCat(
                                        "`Statement[", kMany, "]`")));
  }
}

TEST(DocumentSize, CountsWithoutWhiteSpace) {
  const std::string statement =
      R"({"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:::)";
  const std::string spaces(20'000, ' ');
  EXPECT_FALSE(
      CodesOf(absl::StrCat(spaces, statement, "\"}"), PolicyKind::kIdentity)
          .contains("PolicyTooLargeForAws"));
  EXPECT_TRUE(CodesOf(absl::StrCat(statement, std::string(20'000, 'x'), "\"}"),
                      PolicyKind::kIdentity)
                  .contains("PolicyTooLargeForAws"));
}

// A hostile document costs a bounded number of steps.
TEST(Wildcards, ManyOfThemEnd) {
  std::string actions;
  for (int i = 0; i < 500; ++i) {
    absl::StrAppend(&actions, i == 0 ? "" : ",", R"("s3:)");
    for (int j = 0; j < 500; ++j) actions += "*a";
    absl::StrAppend(&actions, i, "\"");
  }
  EXPECT_THAT(CodesOf(absl::StrCat(R"({"Effect":"Allow","Action":[)", actions,
                                   R"(],"Resource":"*"})"),
                      PolicyKind::kIdentity),
              ::testing::Contains("PolicyTooLargeForAws"));
}

}  // namespace
}  // namespace rolegate
