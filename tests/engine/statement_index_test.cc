// A policy large enough for an index says what its statements say one by one.

#include "engine/program/statement_index.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/decide.h"
#include "engine/program/policy.h"
#include "engine/program/policy_index.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

std::shared_ptr<const Policy> Compile(const std::string& statements,
                                      PolicyKind kind) {
  Diagnostics faults;
  auto policy = Policy::CompileText(testing::Policy(statements), kind,
                                    {"p", "", ""}, &faults);
  EXPECT_NE(policy, nullptr) << ToString(faults.at(0)) << "\n" << statements;
  return policy;
}

// The verdict, and the number of the statement that decided.
using Answer = std::pair<Verdict, int>;

// Asks the same of one policy and of one policy a statement.
class IndexTest : public ::testing::Test {
 protected:
  void Load(const std::vector<std::string>& statements, PolicyKind kind) {
    kind_ = kind;
    whole_ = Compile(absl::StrJoin(statements, ","), kind);
    ASSERT_NE(whole_->program().index(), nullptr);
    single_.clear();
    for (const std::string& statement : statements) {
      single_.push_back(Compile(statement, kind));
      ASSERT_EQ(single_.back()->program().index(), nullptr);
    }
  }

  Answer AskIndex(const std::string& action, const std::string& resource) {
    const Policy* const all[] = {whole_.get()};
    const LayerOutcome outcome = Ask(all, action, resource);
    return {outcome.verdict, outcome.deciding.index};
  }

  Answer AskEach(const std::string& action, const std::string& resource) {
    std::vector<const Policy*> all;
    for (const auto& policy : single_) all.push_back(policy.get());
    const LayerOutcome outcome = Ask(all, action, resource);
    const auto found =
        std::find(all.begin(), all.end(), outcome.deciding.policy);
    return {outcome.verdict,
            found == all.end() ? -1 : static_cast<int>(found - all.begin())};
  }

  // The same statements in several policies of one principal, some of which
  // have an index of their own.
  void Group(const std::vector<std::string>& statements, std::uint32_t seed) {
    std::mt19937 random(seed);
    groups_.clear();
    group_begins_.clear();
    for (std::size_t begin = 0; begin < statements.size();) {
      const std::size_t size =
          std::min<std::size_t>(1 + random() % 60, statements.size() - begin);
      groups_.push_back(
          Compile(absl::StrJoin(statements.begin() + begin,
                                statements.begin() + begin + size, ","),
                  kind_));
      group_begins_.push_back(static_cast<int>(begin));
      begin += size;
    }
  }

  Answer AskGroups(const std::string& action, const std::string& resource,
                   bool with_index) {
    std::vector<const Policy*> all;
    for (const auto& policy : groups_) all.push_back(policy.get());
    const auto index = PolicyIndex::Build(all);
    EXPECT_NE(index, nullptr);
    const LayerOutcome outcome =
        Ask(all, action, resource, with_index ? index.get() : nullptr);
    if (!outcome.deciding) return {outcome.verdict, -1};
    const auto found =
        std::find(all.begin(), all.end(), outcome.deciding.policy);
    return {outcome.verdict,
            group_begins_[found - all.begin()] + outcome.deciding.index};
  }

 private:
  LayerOutcome Ask(PolicySpan policies, const std::string& action,
                   const std::string& resource,
                   const PolicyIndex* index = nullptr) {
    const ActionName action_name = *ActionName::Parse(action);
    const ResourceName resource_name = *ResourceName::Parse(resource);
    RequestContext context;
    context.Set(ContextKey("aws:username"), "alice");
    Request request;
    request.principal = principal_.view();
    request.action = &action_name;
    request.resource = &resource_name;
    request.resource_account = "123456789012";
    request.context = &context;
    PolicySet set;
    const bool by_principal = kind_ == PolicyKind::kResource;
    if (by_principal) {
      set.resource = {true, policies};
    } else {
      set.identity = policies;
      set.identity_index = index;
    }
    return Decide(request,
                  set)[by_principal ? Layer::kResource : Layer::kIdentity];
  }

  const OwnedPrincipal principal_ =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  PolicyKind kind_ = PolicyKind::kIdentity;
  std::shared_ptr<const Policy> whole_;
  std::vector<std::shared_ptr<const Policy>> single_;
  std::vector<std::shared_ptr<const Policy>> groups_;
  std::vector<int> group_begins_;  // of their statements
};

// Texts that begin alike, end within each other and differ in what is special.
constexpr const char* kActions[] = {"*",
                                    "s3:*",
                                    "s3:Get*",
                                    "s3:GetObject",
                                    "s3:GetObjectAcl",
                                    "s3:Get?b*",
                                    "S3:getobject",
                                    "s3:*Object",
                                    "ec2:*",
                                    "ec2:Run*",
                                    "s3:",
                                    "sqs:Send*",
                                    "**",
                                    "s3:G*t",
                                    "s3:PutObject"};
constexpr const char* kResources[] = {"*",
                                      "arn:aws:s3:::*",
                                      "arn:aws:s3:::b",
                                      "arn:aws:s3:::b*",
                                      "arn:aws:s3:::b/*",
                                      "arn:aws:s3:::b/${aws:username}/*",
                                      "arn:aws:s3:::b/a",
                                      "arn:aws:s3:::b/alice/x",
                                      "arn:aws:s3:::b/alice",
                                      "arn:aws:s3:::?/a",
                                      "arn:*:s3:::b/a",
                                      "arn:aws:s3:::bb",
                                      "arn:aws:s3:*",
                                      "arn:aws:s3:::${aws:missing}"};
constexpr const char* kAskedActions[] = {
    "s3:GetObject", "s3:GetObjectAcl",  "s3:PutObject",    "S3:GETOBJECT",
    "s3:G",         "ec2:RunInstances", "sqs:SendMessage", "other:Thing"};
constexpr const char* kAskedResources[] = {"*",
                                           "arn:aws:s3:::b",
                                           "arn:aws:s3:::bb",
                                           "arn:aws:s3:::b/a",
                                           "arn:aws:s3:::b/alice/x",
                                           "arn:aws:s3:::b/alice",
                                           "arn:aws:s3:::b/bob/x",
                                           "arn:aws:s3:::x/a",
                                           "arn:aws-cn:s3:::b/a"};

class StatementWriter {
 public:
  StatementWriter(std::uint32_t seed, PolicyKind kind)
      : random_(seed), kind_(kind) {}

  std::string Write() {
    std::string statement = absl::StrCat(
        R"({"Effect": ")", Often(8) ? "Allow" : "Deny", R"(", ")",
        Often(9) ? "Action" : "NotAction", R"(": )", Some(kActions), R"(, ")",
        Often(9) ? "Resource" : "NotResource", R"(": )", Some(kResources));
    if (kind_ == PolicyKind::kResource) {
      static constexpr const char* kPrincipals[] = {
          "*", "123456789012", "arn:aws:iam::123456789012:user/alice",
          "arn:aws:iam::123456789012:user/bob"};
      absl::StrAppend(&statement, R"(, "Principal": {"AWS": )",
                      Some(kPrincipals), "}");
    }
    return statement + "}";
  }

 private:
  bool Often(std::uint32_t of_ten) { return random_() % 10 < of_ten; }

  // A list of one to six of them, as JSON.
  template <std::size_t kCount>
  std::string Some(const char* const (&texts)[kCount]) {
    std::set<std::string> some;
    const std::size_t count = Often(7) ? 1 : 1 + random_() % 6;
    while (some.size() < count && some.size() < kCount) {
      some.insert(absl::StrCat("\"", texts[random_() % kCount], "\""));
    }
    return absl::StrCat("[", absl::StrJoin(some, ","), "]");
  }

  std::mt19937 random_;
  const PolicyKind kind_;
};

TEST_F(IndexTest, SaysWhatTheStatementsSay) {
  int allowed = 0;
  int denied = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const PolicyKind kind =
        seed % 2 == 0 ? PolicyKind::kIdentity : PolicyKind::kResource;
    StatementWriter writer(seed, kind);
    std::vector<std::string> statements;
    while (statements.size() <= StatementIndex::kMaxStatements + seed) {
      statements.push_back(writer.Write());
    }
    // So that it is no Deny of everything that answers each question.
    if (seed % 3 == 0) {
      for (std::string& statement : statements) {
        const std::size_t deny = statement.find("\"Deny\"");
        if (deny != std::string::npos) statement.replace(deny, 6, "\"Allow\"");
      }
    }
    Load(statements, kind);
    for (const char* action : kAskedActions) {
      for (const char* resource : kAskedResources) {
        const Answer answer = AskIndex(action, resource);
        ASSERT_EQ(answer, AskEach(action, resource))
            << "seed " << seed << ": " << action << " on " << resource;
        allowed += answer.first == Verdict::kAllow;
        denied += answer.first == Verdict::kExplicitDeny;
      }
    }
  }
  EXPECT_GT(allowed, 500);
  EXPECT_GT(denied, 500);
}

TEST_F(IndexTest, OverManyPoliciesSaysWhatEachSays) {
  std::map<Verdict, int> verdicts;
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    StatementWriter writer(seed, PolicyKind::kIdentity);
    std::vector<std::string> statements;
    while (statements.size() < PolicyIndex::kMinStatements + seed) {
      std::string statement = writer.Write();
      // Few that deny, or they would answer each question.
      const std::size_t deny = statement.find("\"Deny\"");
      if (deny != std::string::npos && statements.size() % 40 != 0) {
        statement.replace(deny, 6, "\"Allow\"");
      }
      statements.push_back(std::move(statement));
    }
    Load(statements, PolicyKind::kIdentity);
    Group(statements, seed);
    for (const char* action : kAskedActions) {
      for (const char* resource : kAskedResources) {
        const Answer answer = AskGroups(action, resource, true);
        const Answer each = AskEach(action, resource);
        ASSERT_EQ(answer, each)
            << "seed " << seed << ": " << action << " on " << resource;
        ASSERT_EQ(AskGroups(action, resource, false), each);
        ++verdicts[answer.first];
      }
    }
  }
  EXPECT_GT(verdicts[Verdict::kAllow], 50);
  EXPECT_GT(verdicts[Verdict::kExplicitDeny], 50);
}

std::vector<std::string> Numbered(int count, const std::string& action,
                                  const std::string& resource) {
  std::vector<std::string> statements;
  for (int i = 0; i < count; ++i) {
    const std::string number = absl::StrCat(i);
    statements.push_back(absl::StrCat(
        R"({"Effect": "Allow", "Action": ")", action,
        action.back() == ':' ? number : "", R"(", "Resource": ")", resource,
        resource.back() == '*' ? "" : absl::StrCat(number, "/*"), R"("})"));
  }
  return statements;
}

int Candidates(const std::vector<std::string>& statements,
               const std::string& folded_action, const std::string& resource) {
  const auto policy =
      Compile(absl::StrJoin(statements, ","), PolicyKind::kIdentity);
  int count = 0;
  StepBudget budget(StepBudget::kUnlimited);
  policy->program().index()->ForEachCandidate(folded_action, resource, &budget,
                                              [&](std::uint32_t) { ++count; });
  return count;
}

// Patterns that begin alike, in any number: the statement is looked at once, or
// one author could make everybody's decisions as slow as often.
TEST(StatementIndex, CallsAStatementOnceWhateverItsPatternsBeginWith) {
  std::string actions;
  for (int i = 1; i <= 64; ++i) {
    const std::string prefix(static_cast<std::size_t>(i), 'a');
    absl::StrAppend(&actions, "\"s3:", prefix, "*\",");
  }
  const std::string statement = absl::StrCat(
      R"({"Effect": "Allow", "Action": [)", actions,
      R"("s3:x"], "Resource": ["arn:aws:s3:::*", "arn:aws:s3:::a*", )",
      R"("arn:aws:s3:::aa*", "arn:aws:s3:::aaa"]})");
  const std::vector<std::string> statements(40, statement);
  EXPECT_EQ(Candidates(statements, absl::StrCat("s3:", std::string(64, 'a')),
                       "arn:aws:s3:::aaa"),
            40);
}

TEST(StatementIndex, IsThereWhereManyStatementsMustBeLookedAt) {
  constexpr int kOfOne = StatementIndex::kMaxOfOneService;
  constexpr int kAll = StatementIndex::kMaxStatements;
  struct Case {
    const char* name;
    int of_one;      // statements of one service
    int of_any;      // of none
    int of_another;  // each of a service of its own
    bool indexed;
  };
  const Case cases[] = {
      {"as many of one service as may be", kOfOne, 0, 0, false},
      {"one more", kOfOne + 1, 0, 0, true},
      {"those of no service count with those of one", kOfOne, 1, 0, true},
      {"those of others do not", kOfOne, 0, kAll - kOfOne, false},
      {"but all together", kOfOne, 0, kAll - kOfOne + 1, true},
      {"nothing but others", 0, 0, kAll, false},
      {"of no service alone", 0, kOfOne + 1, 0, true},
  };
  for (const Case& c : cases) {
    std::vector<std::string> statements;
    const auto add = [&](const std::string& action) {
      statements.push_back(absl::StrCat(R"({"Effect": "Allow", "Action": ")",
                                        action, R"(", "Resource": "*"})"));
    };
    for (int i = 0; i < c.of_another; ++i) add(absl::StrCat("app", i, ":Get"));
    for (int i = 0; i < c.of_one; ++i) add("s3:Get*");
    for (int i = 0; i < c.of_any; ++i) add("*");
    const auto policy =
        Compile(absl::StrJoin(statements, ","), PolicyKind::kIdentity);
    EXPECT_EQ(policy->program().index() != nullptr, c.indexed) << c.name;
  }
}

TEST(StatementIndex, FindsOneOfManyActions) {
  EXPECT_EQ(Candidates(Numbered(2000, "s3:", "*"), "s3:1234",
                       "arn:aws:s3:::bucket-1"),
            1);
}

TEST(StatementIndex, FindsOneOfManyResourcesOfOneAction) {
  // bucket-1/*, and none of bucket-12/* and bucket-123/*.
  EXPECT_EQ(Candidates(Numbered(2000, "s3:Get*", "arn:aws:s3:::bucket-"),
                       "s3:getobject", "arn:aws:s3:::bucket-1/x"),
            1);
}

TEST(StatementIndex, LeavesOutWhatCannotMatch) {
  const auto statements = Numbered(2000, "s3:Get*", "arn:aws:s3:::bucket-");
  EXPECT_EQ(Candidates(statements, "s3:putobject", "arn:aws:s3:::bucket-1/x"),
            0);
  EXPECT_EQ(Candidates(statements, "s3:getobject", "arn:aws:s3:::other"), 0);
  EXPECT_EQ(Candidates(statements, "s3:getobject", "*"), 0);
}

// A statement of many actions on a few resources is no product of both: the
// index is at most so many times the policy's text.
TEST(StatementIndex, GrowsWithTheTextOfAHostilePolicy) {
  std::vector<std::string> actions;
  for (int i = 0; i < 800; ++i) actions.push_back(absl::StrCat("s:", i));
  std::vector<std::string> resources;
  for (int i = 0; i < 4; ++i) {
    resources.push_back(absl::StrCat("arn:a:b:c:d:", std::string(230, 'x'), i));
  }
  const std::string text = absl::StrJoin(
      std::vector<std::string>(
          130,
          absl::StrCat(R"({"Effect": "Allow", "Action": [")",
                       absl::StrJoin(actions, "\",\""), R"("], "Resource": [")",
                       absl::StrJoin(resources, "\",\""), "\"]}")),
      ",");
  const auto policy = Compile(text, PolicyKind::kIdentity);
  ASSERT_NE(policy->program().index(), nullptr);
  EXPECT_LE(policy->program().index()->memory_bytes(), text.size());
}

}  // namespace
}  // namespace rolegate
