// A budget that is small only because others wait never decides anything.

#include "service/answer/hurry.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::Trust;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// A role that may do everything but what its Deny names, whose condition holds
// a costly pattern against `app:k`: about a hundred steps for each byte.
std::string CostlyRole() {
  std::string pattern = "*";
  for (int i = 0; i < 500; ++i) pattern += "a?";
  return Role("R", Trust(kEc2),
              testing::Policy(absl::StrCat(
                  R"({"Effect": "Allow", "Action": "*", "Resource": "*"},
                     {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*",
                      "Condition": {"StringLike": {"app:k": ")",
                  pattern, R"(b*"}}})")));
}

// A role of so many statements that an index finds them, and that a question
// with the longest texts could cost more than the small budget.
std::string LargeRole() {
  std::string statements;
  for (int i = 0; i < 3000; ++i) {
    absl::StrAppend(&statements, i == 0 ? "" : ",",
                    R"({"Effect": "Allow", "Action": "s3:Get*",
                        "Resource": "arn:aws:s3:::b)",
                    i, R"(/*"})");
  }
  return Role("R", Trust(kEc2), testing::Policy(statements));
}

class HurryTest : public ::testing::Test {
 protected:
  HurryTest() { Load(CostlyRole()); }

  void Load(const std::string& role) {
    RegistryOptions options;
    options.limits.max_policy_steps = 1'000'000'000;
    Diagnostics faults;
    snapshot_ = BuildSnapshot({ParseRegistryFile("r.json", role, options)},
                              options, &faults);
    EXPECT_NE(snapshot_, nullptr)
        << (faults.empty() ? "" : ToString(faults[0]));
  }

  // What a question about `bytes` bytes comes to, charged to `call`.
  Decision Decide(const AccessOptions& options, std::size_t bytes,
                  StepBudget* call) {
    auto session = std::make_shared<RoleSession>();
    session->role_arn = RoleArn("R");
    session->role_id = "AROAR";
    session->session_name.assign(1, 's');
    session->issued_at = kNow;
    session->expires_at = kNow + absl::Hours(1);
    const Subject subject = Subject::OfSession(std::move(session));
    RequestContext context;
    const std::string text(bytes, 'a');
    context.Set(ContextKey("app:k"), text);
    const Circumstances circumstances(*snapshot_, options, subject, context,
                                      kNow);
    return rolegate::Decide(
        Question(circumstances, *ActionName::Parse("s3:GetObject"),
                 *ResourceName::Parse("arn:aws:s3:::b7/k"), ""),
        {.budget = call});
  }

  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(HurryTest, OnlyADecisionOfTheWholeBudgetIsAnAnswer) {
  struct Case {
    const char* description;
    std::uint64_t max_check_steps;
    std::size_t bytes;
    bool takes_long;
    bool exhausted;  // the whole budget
  };
  const Case cases[] = {
      {"a cheap check is answered at once", 16'000'000, 100, false, false},
      {"a costly one is a worker's, and is allowed", 16'000'000, 40'000, true,
       false},
      {"one that exhausts the whole budget too is a worker's", 300'000, 60'000,
       true, true},
      {"a whole budget below the small one is exhausted at once", 100'000,
       40'000, false, true},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.description);
    AccessOptions options;
    options.max_check_steps = each.max_check_steps;
    StepBudget in_a_hurry(StepBudget::kUnlimited);
    const Decision first = Decide(InAHurry(options), each.bytes, &in_a_hurry);
    EXPECT_EQ(TookLong(options, first, in_a_hurry), each.takes_long);
    StepBudget whole(StepBudget::kUnlimited);
    const Decision answer = Decide(options, each.bytes, &whole);
    EXPECT_EQ(answer.reason == Reason::kBudgetExceeded, each.exhausted);
    if (!each.takes_long) {
      EXPECT_EQ(first.verdict, answer.verdict);
      EXPECT_EQ(first.reason, answer.reason);
      EXPECT_EQ(in_a_hurry.spent(), whole.spent());
    }
    EXPECT_LT(in_a_hurry.spent(), 2 * kStepsInAHurry);
  }
}

// The order of statements may decide whether a budget is exhausted, which
// matters for the whole one alone: the small one leaves the index in use.
TEST_F(HurryTest, ALargePolicyIsLookedUpByItsIndex) {
  Load(LargeRole());
  const AccessOptions options;
  StepBudget in_a_hurry(StepBudget::kUnlimited);
  const Decision first = Decide(InAHurry(options), 100, &in_a_hurry);
  EXPECT_EQ(first.verdict, Verdict::kAllow);
  EXPECT_LT(in_a_hurry.spent(), 2000);
  StepBudget whole(StepBudget::kUnlimited);
  EXPECT_EQ(Decide(options, 100, &whole).verdict, Verdict::kAllow);
  EXPECT_EQ(in_a_hurry.spent(), whole.spent());
}

TEST_F(HurryTest, ManyCheapChecksOfOneCallTakeLongTogether) {
  const AccessOptions options;
  StepBudget call(StepBudget::kUnlimited);
  int checks = 0;
  for (bool took_long = false; !took_long; ++checks) {
    const Decision decision = Decide(InAHurry(options), 800, &call);
    EXPECT_EQ(decision.verdict, Verdict::kAllow);
    took_long = TookLong(options, decision, call);
    ASSERT_LT(checks, 100);
  }
  EXPECT_GT(checks, 2);
  EXPECT_GT(call.spent(), kStepsInAHurry);
}

}  // namespace
}  // namespace rolegate::service
