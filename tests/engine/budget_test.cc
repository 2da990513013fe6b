// What a check may cost: that no more is ever charged than was reckoned when
// its policies loaded, that an exhausted budget denies whatever was found, and
// that charges depend on nothing but the question.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/condition_memo.h"
#include "engine/decide/decide.h"
#include "engine/decide/explain.h"
#include "engine/program/policy_cost.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using Policies = std::vector<std::shared_ptr<const Policy>>;

std::shared_ptr<const Policy> Compile(const std::string& statements) {
  Diagnostics faults;
  auto policy =
      Policy::CompileText(testing::Policy(statements), PolicyKind::kIdentity,
                          {"p", "", ""}, &faults);
  EXPECT_NE(policy, nullptr) << ToString(faults.at(0)) << statements;
  return policy;
}

std::string Times(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Asks a user with these policies.
class Asker {
 public:
  explicit Asker(const std::vector<std::string>& documents) {
    for (const std::string& each : documents) owned_.push_back(Compile(each));
    for (const auto& policy : owned_) policies_.push_back(policy.get());
    index_ = PolicyIndex::Build(policies_);
  }

  std::string action = "s3:GetObject";
  std::string resource = "arn:aws:s3:::bucket/key";
  RequestContext context;
  bool with_index = false;
  ConditionMemo* memo = nullptr;

  Decision Ask(StepBudget* budget) const {
    const ActionName action_name = *ActionName::Parse(action);
    const ResourceName resource_name = *ResourceName::Parse(resource);
    PolicySet set;
    set.identity = policies_;
    set.identity_index = with_index ? index_.get() : nullptr;
    Request request;
    request.principal = principal_.view();
    request.action = &action_name;
    request.resource = &resource_name;
    request.resource_account = "123456789012";
    request.context = &context;
    request.budget = budget;
    request.memo = memo;
    return Decide(request, set);
  }

  Explanation Explain(StepBudget* budget) const {
    const ActionName action_name = *ActionName::Parse(action);
    const ResourceName resource_name = *ResourceName::Parse(resource);
    PolicySet set;
    set.identity = policies_;
    Request request;
    request.principal = principal_.view();
    request.action = &action_name;
    request.resource = &resource_name;
    request.resource_account = "123456789012";
    request.context = &context;
    StepBudget unlimited(StepBudget::kUnlimited);
    request.budget = &unlimited;
    const Decision decision = Decide(request, set);
    return rolegate::Explain(request, set, decision, budget);
  }

  bool indexed() const { return index_ != nullptr; }
  std::uint64_t max_steps() const {
    std::uint64_t steps = 0;
    for (const Policy* each : policies_) steps += each->program().max_steps();
    return steps;
  }

 private:
  const OwnedPrincipal principal_ =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  Policies owned_;
  std::vector<const Policy*> policies_;
  std::unique_ptr<const PolicyIndex> index_;
};

std::string Statement(const std::string& effect, const std::string& action,
                      const std::string& resource,
                      const std::string& condition = "{}") {
  return absl::StrCat(R"({"Effect": ")", effect, R"(", "Action": ")", action,
                      R"(", "Resource": ")", resource, R"(", "Condition": )",
                      condition, "}");
}

std::string Like(const std::string& pattern) {
  return absl::StrCat(R"({"StringLike": {"app:k": ")", pattern, R"("}})");
}

const std::string kCostly = "*" + Times("a?", 900) + "b*";
const std::string kLongText(60'000, 'a');

TEST(Budget, ExhaustedDeniesWhateverWasFound) {
  const std::string costly = Statement("Allow", "*", "*", Like(kCostly));
  for (const std::string& other :
       {Statement("Deny", "*", "*"), Statement("Allow", "*", "*"),
        Statement("Deny", "ec2:*", "*")}) {
    for (const auto& documents : std::vector<std::vector<std::string>>{
             {costly + "," + other}, {costly, other}}) {
      Asker asker(documents);
      asker.context.Set(ContextKey("app:k"), kLongText);
      StepBudget budget(100'000);
      const Decision decision = asker.Ask(&budget);
      EXPECT_TRUE(budget.exhausted());
      EXPECT_EQ(decision.verdict, Verdict::kImplicitDeny);
      EXPECT_EQ(decision.reason, Reason::kBudgetExceeded);
      EXPECT_FALSE(decision.deciding());
      std::string text;
      DescribeDecision(decision, "p", "s3:GetObject", "*", &text);
      EXPECT_NE(text.find("EvaluationBudgetExceeded"), std::string::npos);
      // Work stops there: a step more is the smallest thing that is charged.
      EXPECT_LT(budget.spent(), 1'000'000u);
    }
  }
}

TEST(Budget, TheUsualOneIsEnoughForTheReportedAttack) {
  Asker asker(
      {Statement("Allow", "*", "*", Like("*" + std::string(1800, '?') + "b"))});
  asker.context.Set(ContextKey("app:k"), kLongText);
  StepBudget budget(kMaxCheckSteps);
  EXPECT_EQ(asker.Ask(&budget).reason, Reason::kNoAllow);
  EXPECT_LT(budget.spent(), 200'000u);
}

// The answer of a budget of any size is that of the same policies without an
// index, and so is what was charged.
TEST(Budget, DoesNotDependOnAnIndex) {
  std::vector<std::string> documents;
  for (int i = 0; i < 4; ++i) {
    std::vector<std::string> statements;
    for (int j = 0; j < 60; ++j) {
      statements.push_back(Statement(
          j % 7 == 0 ? "Deny" : "Allow", j % 3 == 0 ? "s3:*" : "s3:Get*",
          j % 2 == 0 ? "*" : absl::StrCat("arn:aws:s3:::*", i, "x", j),
          j % 7 == 0 ? Like(absl::StrCat("*a?b", j, "*")) : "{}"));
    }
    documents.push_back(absl::StrJoin(statements, ","));
  }
  Asker asker(documents);
  ASSERT_TRUE(asker.indexed());
  const std::string text(2000, 'a');
  asker.context.Set(ContextKey("app:k"), text);
  std::vector<std::uint64_t> limits;
  for (std::uint64_t limit = 1; limit < 2 * asker.max_steps(); limit *= 2) {
    limits.push_back(limit);
  }
  // What the two ways take if they may take as much as they want: a limit
  // between them tells them apart.
  for (const bool with_index : {false, true}) {
    StepBudget all(StepBudget::kUnlimited);
    asker.with_index = with_index;
    asker.Ask(&all);
    limits.push_back(all.spent() - 1);
    limits.push_back(all.spent());
  }
  int exhausted = 0;
  for (const std::uint64_t limit : limits) {
    StepBudget without(limit);
    asker.with_index = false;
    const Decision expected = asker.Ask(&without);
    StepBudget with(limit);
    asker.with_index = true;
    const Decision found = asker.Ask(&with);
    EXPECT_EQ(found.verdict, expected.verdict) << limit;
    EXPECT_EQ(found.reason, expected.reason) << limit;
    EXPECT_EQ(found.deciding(), expected.deciding()) << limit;
    EXPECT_EQ(with.exhausted(), without.exhausted()) << limit;
    exhausted += with.exhausted() ? 1 : 0;
  }
  EXPECT_GT(exhausted, 3);
}

// A memory of conditions changes neither answers nor charges, but what was
// done.
TEST(Budget, AMemoryOfConditionsChangesNoChargeOfACheck) {
  Asker asker({Statement("Deny", "*", "*", Like(kCostly)) + "," +
               Statement("Allow", "s3:*", "*", Like("*aa?a*"))});
  const std::string text(3000, 'a');
  asker.context.Set(ContextKey("app:k"), text);
  StepBudget alone(StepBudget::kUnlimited);
  const Decision expected = asker.Ask(&alone);
  EXPECT_EQ(expected.verdict, Verdict::kAllow);
  ConditionMemo memo;
  asker.memo = &memo;
  std::uint64_t done = 0;
  for (int i = 0; i < 100; ++i) {
    StepBudget budget(StepBudget::kUnlimited);
    EXPECT_EQ(asker.Ask(&budget).verdict, expected.verdict);
    EXPECT_EQ(budget.spent(), alone.spent());
    done += budget.spent() - memo.TakeSaved();
  }
  EXPECT_LT(done, 2 * alone.spent());
}

TEST(Budget, ExplainingStopsToo) {
  std::vector<std::string> statements;
  for (int i = 0; i < 100; ++i) {
    statements.push_back(Statement("Allow", "s3:*", "*", Like(kCostly)));
  }
  Asker asker({absl::StrJoin(statements, ",")});
  const std::string text(3000, 'a');
  asker.context.Set(ContextKey("app:k"), text);
  StepBudget enough(StepBudget::kUnlimited);
  EXPECT_FALSE(asker.Explain(&enough).near_misses.empty());
  StepBudget budget(enough.spent() / 10);
  const Explanation explanation = asker.Explain(&budget);
  EXPECT_TRUE(budget.exhausted());
  EXPECT_TRUE(explanation.near_misses.empty());
}

// What is cheap to find out may be long to tell.
TEST(Budget, ExplainingIsChargedForItsTexts) {
  std::vector<std::string> statements;
  for (int i = 0; i < 10; ++i) {
    statements.push_back(
        Statement("Allow", "s3:*", "*", Like(absl::StrCat("b", i))));
  }
  Asker denied({absl::StrJoin(statements, ",")});
  const std::string text(10'000, 'a');
  denied.context.Set(ContextKey("app:k"), text);
  StepBudget told(StepBudget::kUnlimited);
  ASSERT_EQ(denied.Explain(&told).near_misses.size(), 10u);
  EXPECT_GT(told.spent(), 10 * 2 * text.size());
  StepBudget budget(100'000);
  EXPECT_TRUE(denied.Explain(&budget).near_misses.empty());
  EXPECT_TRUE(budget.exhausted());

  statements.assign(100, Statement("Allow", "s3:*", "*", "{}"));
  const Asker allowed({absl::StrJoin(statements, ",")});
  StepBudget named(StepBudget::kUnlimited);
  ASSERT_EQ(allowed.Explain(&named).matched.size(), 100u);
  EXPECT_GT(named.spent(), 100 * 500u);
}

// Whether a template's variables have values is found out piece by piece, also
// in a long template without any.
TEST(Budget, ExplainingIsChargedForEachPieceOfATemplate) {
  constexpr std::size_t kPieces = 1800;
  Asker asker({Statement("Allow", "s3:*", "*",
                         Like(absl::StrCat("b", std::string(kPieces, '?'))))});
  asker.context.Set(ContextKey("app:k"), "a");
  StepBudget told(StepBudget::kUnlimited);
  ASSERT_EQ(asker.Explain(&told).near_misses.size(), 1u);
  EXPECT_GT(told.spent(), kPieces * 8);
}

std::string Any(std::mt19937* random, const std::vector<std::string>& of,
                std::size_t most) {
  std::string text;
  for (std::size_t i = 1 + (*random)() % most; i > 0; --i) {
    text += of[(*random)() % of.size()];
  }
  return text;
}

// Every question is charged at most what was reckoned at load.
TEST(Budget, NoQuestionIsChargedMoreThanWasReckoned) {
  std::mt19937 random(20261128);
  const std::vector<std::string> parts = {"a", "aa",  "b",   "*",       "?",
                                          "*", "a?a", "???", "${app:v}"};
  const std::vector<std::string> operators = {"StringEquals",
                                              "StringLike",
                                              "StringNotLike",
                                              "StringEqualsIgnoreCase",
                                              "ForAnyValue:StringLike",
                                              "ForAllValues:StringEquals",
                                              "ForAnyValue:StringNotLike"};
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::string> statements;
    for (std::size_t n = 1 + random() % 40; n > 0; --n) {
      std::vector<std::string> values;
      for (std::size_t v = 1 + random() % 4; v > 0; --v) {
        values.push_back(Any(&random, parts, 40));
      }
      statements.push_back(Statement(
          random() % 2 == 0 ? "Deny" : "Allow",
          random() % 3 == 0 ? "*" : "s3:" + Any(&random, {"a", "*", "?"}, 20),
          "arn:aws:s3:::" + Any(&random, parts, 40),
          absl::StrCat("{\"", operators[random() % operators.size()],
                       R"(": {"app:k": [")", absl::StrJoin(values, "\",\""),
                       R"("]}})")));
    }
    Asker asker({absl::StrJoin(statements, ",")});
    asker.action = "s3:" + std::string(1 + random() % 250, 'a');
    asker.resource = "arn:aws:s3:::" + Any(&random, {"a", "aaaaaaaa", "b"},
                                           std::size_t{1} << (random() % 10));
    std::vector<std::string> texts;
    const bool several = random() % 2 == 0;
    for (std::size_t v = several ? 1 + random() % 50 : 1; v > 0; --v) {
      texts.push_back(Any(&random, {"a", "aaaaaaaa", "\xc3\xa9", "b"}, 300));
    }
    const std::vector<absl::string_view> views(texts.begin(), texts.end());
    asker.context.SetList(ContextKey("app:k"), views);
    asker.context.Set(ContextKey("app:v"), "aa");
    StepBudget budget(StepBudget::kUnlimited);
    asker.Ask(&budget);
    ASSERT_LE(budget.spent(), asker.max_steps())
        << asker.action << " " << asker.resource << "\n"
        << absl::StrJoin(statements, ",\n");
  }
}

}  // namespace
}  // namespace rolegate
