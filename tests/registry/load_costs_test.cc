// Policies that may cost too much are faults when they load: each by itself,
// and together where they meet in one check.

#include "engine/registry/load_costs.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/program/policy_cost.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::Role;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A policy that takes about so many thousand steps: a pattern with a literal
// between stars costs more than one for each byte of the longest resource.
std::string OfThousandSteps(int thousands, const std::string& principal = "") {
  std::vector<std::string> patterns;
  for (int i = 0; i < thousands / 11; ++i) {
    patterns.push_back(absl::StrCat("\"arn:aws:s3:::*x", i, "*\""));
  }
  return Policy(absl::StrCat(
      R"({"Effect": "Allow", )",
      principal.empty() ? "" : absl::StrCat("\"Principal\": ", principal, ","),
      R"("Action": "s3:*", "Resource": [)", absl::StrJoin(patterns, ","),
      "]}"));
}

std::string Managed(const std::string& name, const std::string& document) {
  return absl::StrCat(R"({"PolicyName": ")", name,
                      R"(", "Arn": "arn:aws:iam::123456789012:policy/)", name,
                      R"(", "PolicyDocument": )", document, "}");
}

std::string Attach(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) {
    all.push_back(
        absl::StrCat(R"({"PolicyName": ")", name, R"(", "PolicyArn": )",
                     R"("arn:aws:iam::123456789012:policy/)", name, "\"}"));
  }
  return absl::StrCat(R"(, "AttachedManagedPolicies": [)",
                      absl::StrJoin(all, ","), "]");
}

std::string ResourcePolicy(const std::string& pattern,
                           const std::string& document) {
  return absl::StrCat(R"({"ResourceArn": ")", pattern,
                      R"(", "PolicyDocument": )", document, "}");
}

struct File {
  std::string name;
  std::string text;
};

// The faults of a registry of these files, as "FILE CODE".
std::vector<std::string> Faults(
    const std::vector<File>& files,
    std::uint64_t max_policy_steps = kMaxPolicySteps) {
  TempDir dir;
  for (const File& file : files) dir.Write(file.name, file.text);
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  options.limits.max_policy_steps = max_policy_steps;
  Registry registry(options);
  registry.Start();
  std::vector<std::string> faults;
  for (const Diagnostic& fault : registry.status().faults) {
    faults.push_back(absl::StrCat(fault.file, " ", fault.code));
    EXPECT_THAT(fault.message, HasSubstr("steps"));
    EXPECT_GT(fault.position.line, 0);
  }
  return faults;
}

TEST(LoadCosts, OnePolicyIsBoundedWhateverKindItIs) {
  const std::string costly = OfThousandSteps(12000);
  const std::string open = OfThousandSteps(12000, "\"*\"");
  const std::vector<File> cases[] = {
      {{"a.json", Role("R", Trust(kEc2), costly)}},
      {{"a.json", Managed("M", costly)}},
      {{"a.json", ResourcePolicy("arn:aws:s3:::b", open)}},
      {{"a.json", absl::StrCat(R"({"UserName": "u", "Arn": )",
                               R"("arn:aws:iam::123456789012:user/u", )",
                               R"("UserPolicyList": [{"PolicyName": "p", )",
                               R"("PolicyDocument": )", costly, "}]}")}},
      {{"a.json",
        absl::StrCat(R"({"Organization": {"Id": "o-a", "ManagementAccount": )",
                     R"("111111111111", "Root": {"Id": "r-a", )",
                     R"("ServiceControlPolicies": [)", costly,
                     R"(], "Accounts": ["222222222222"]}}})")}},
  };
  for (const std::vector<File>& files : cases) {
    EXPECT_THAT(Faults(files), ElementsAre("a.json PolicyTooCostly"));
    EXPECT_THAT(Faults(files, 20'000'000), IsEmpty());
  }
}

// The file with the costliest of the policies that meet is the fault, not the
// one that happens to come last.
TEST(LoadCosts, TogetherTheCostliestIsAtFault) {
  const std::string role =
      Role("R", Trust(kEc2), Allow("s3:*"), Attach({"A", "B", "C"}));
  EXPECT_THAT(Faults({{"a.json", Managed("A", OfThousandSteps(2000))},
                      {"b.json", Managed("B", OfThousandSteps(5000))},
                      {"c.json", Managed("C", OfThousandSteps(2000))},
                      {"r.json", role}}),
              ElementsAre("b.json PolicyTooCostly"));
  EXPECT_THAT(Faults({{"a.json", Managed("A", OfThousandSteps(2000))},
                      {"b.json", Managed("B", OfThousandSteps(2500))},
                      {"c.json", Managed("C", OfThousandSteps(2000))},
                      {"r.json", role}}),
              IsEmpty());
}

// Neither of these is too costly alone, and a check meets both.
TEST(LoadCosts, APrincipalMeetsTheResourcesPolicies) {
  EXPECT_THAT(
      Faults({{"p.json", ResourcePolicy("arn:aws:s3:::*",
                                        OfThousandSteps(3000, "\"*\""))},
              {"r.json", Role("R", Trust(kEc2), OfThousandSteps(6000))}}),
      ElementsAre("r.json PolicyTooCostly"));
}

TEST(LoadCosts, ResourcesThatCannotBeOneDoNotMeet) {
  const std::string document = OfThousandSteps(3000, "\"*\"");
  const auto policies = [&](const std::vector<std::string>& patterns) {
    std::vector<std::string> all;
    for (const std::string& pattern : patterns) {
      all.push_back(ResourcePolicy(pattern, document));
    }
    return File{"p.json", absl::StrCat("[", absl::StrJoin(all, ","), "]")};
  };
  EXPECT_THAT(Faults({policies({"arn:aws:s3:::a", "arn:aws:s3:::b",
                                "arn:aws:s3:::c", "arn:aws:s3:::d"})}),
              IsEmpty());
  EXPECT_THAT(Faults({policies({"arn:aws:s3:::a", "arn:aws:s3:::a/b",
                                "arn:aws:s3:::a/b/c*", "arn:aws:s3:::d"})}),
              ElementsAre("p.json PolicyTooCostly"));
}

// Statements for different services never meet: a request has one action.
TEST(LoadCosts, ServicesDoNotMeet) {
  std::vector<std::string> statements;
  for (int i = 0; i < 2000; ++i) {
    statements.push_back(absl::StrCat(
        R"({"Effect": "Allow", "Action": "s)", i / 10,
        R"(:Get*", "Resource": "arn:aws:s)", i / 10, ":::*/logs/*\"}"));
  }
  EXPECT_THAT(
      Faults({{"a.json", Role("R", Trust(kEc2),
                              Policy(absl::StrJoin(statements, ",")))}}),
      IsEmpty());
}

// What AWS's own largest policies look like: many services, ARNs with a `*` for
// region and account, a few with one inside the resource, tags in conditions.
std::string LikeAwssLargest(int number) {
  std::vector<std::string> statements;
  for (int i = 0; i < 83; ++i) {
    const int service = (i + 13 * number) % 60;
    std::vector<std::string> actions;
    for (int j = 0; j < 12; ++j) {
      actions.push_back(absl::StrCat("\"s", service, ":Describe", number, j,
                                     j % 2 == 0 ? "*\"" : "\""));
    }
    statements.push_back(absl::StrCat(
        R"({"Effect": "Allow", "Action": [)", absl::StrJoin(actions, ","),
        R"(], "Resource": ["arn:aws:s)", service,
        R"(:*:*:project/*/datazone-*", "arn:aws:s)", service,
        R"(:::*-bucket-${aws:PrincipalAccount}"], "Condition": )",
        R"({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"},
            "Null": {"aws:PrincipalTag/a": "false"},
            "ForAllValues:StringLike": {"aws:TagKeys": ["a*", "b*", "c"]},
            "StringLike": {"aws:ResourceTag/b": "*-)",
        i, R"(-*"}}})"));
  }
  return Policy(absl::StrJoin(statements, ","));
}

TEST(LoadCosts, TenOfTheLargestThatAwsHasAreNoFault) {
  std::vector<File> files;
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) {
    names.push_back(absl::StrCat("P", i));
    files.push_back({absl::StrCat("p", i, ".json"),
                     Managed(names.back(), LikeAwssLargest(i))});
  }
  files.push_back(
      {"r.json", Role("R", Trust(kEc2), Allow("s3:*"), Attach(names))});
  EXPECT_THAT(Faults(files), IsEmpty());
}

}  // namespace
}  // namespace rolegate
