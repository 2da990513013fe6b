// What a malformed policy is told: place, path, and the rule.

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/program/policy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

std::string FaultOf(const std::string& json, PolicyKind kind) {
  Diagnostics faults;
  const auto policy =
      Policy::CompileText(json, kind, {"p", "p.json", ""}, &faults);
  if (policy != nullptr) return "loads";
  Normalize(faults);
  return faults.empty() ? "no fault is named" : ToString(faults[0]);
}

TEST(Diagnostics, NameThePlace) {
  const struct {
    const char* json;
    PolicyKind kind;
    const char* place;
    const char* word;
  } kCases[] = {
      {"{", PolicyKind::kIdentity, "p.json:1:", ""},
      {"{\"Id\": \"\xed", PolicyKind::kIdentity, "p.json:1:", "not JSON"},
      {"[]", PolicyKind::kIdentity, "p.json:1:1", "object"},
      {"{}", PolicyKind::kIdentity, "p.json:1:1", "Statement"},
      {R"({"Version": "2015-01-01", "Statement": []})", PolicyKind::kIdentity,
       "p.json:1:13 Version", "2015-01-01"},
      {"{\"Statement\": [{\n  \"Effect\": \"allow\",\n"
       "  \"Action\": \"*\", \"Resource\": \"*\"}]}",
       PolicyKind::kIdentity, "p.json:2:13 Statement[0].Effect", "allow"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*"}})",
       PolicyKind::kIdentity, "p.json:1:15 Statement", "Resource"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
           "Principal": "*"}})",
       PolicyKind::kIdentity, "p.json:2:", "Principal"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*",
           "Resource": "*"}})",
       PolicyKind::kIdentity, "p.json:1:", "NotAction"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "x"}})",
       PolicyKind::kIdentity, "p.json:1:62 Statement.Resource", "`x`"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEqual": {"a:b": "c"}}}})",
       PolicyKind::kIdentity, "p.json:2:", "did you mean `StringEquals`"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"NumericEquals": {"a:b": "c"}}}})",
       PolicyKind::kIdentity, "p.json:2:", "number"},
      {R"({"Statement": {"Effect": "Allow", "Principal": "*",
           "Action": "sts:AssumeRole", "Resource": "*"}})",
       PolicyKind::kTrust, "p.json:2:", "Resource"},
      {R"({"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "*"},
           "Action": "*", "Resource": "*"}})",
       PolicyKind::kResource, "p.json:1:", "NotPrincipal"},
      {R"({"Statement": [{"Sid": "a", "Effect": "Allow", "Action": "*",
           "Resource": "*"}, {"Sid": "a", "Effect": "Deny", "Action": "*",
           "Resource": "*"}]})",
       PolicyKind::kIdentity, "p.json:2:", "Sid"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.json);
    const std::string fault = FaultOf(c.json, c.kind);
    EXPECT_THAT(fault, ::testing::StartsWith(c.place));
    EXPECT_THAT(fault, ::testing::HasSubstr(c.word));
  }
}

// A file of two hundred million faults is told of by ten thousand.  A fault
// among too many findings still keeps the file from loading.
TEST(Diagnostics, OfAFileAreBounded) {
  Diagnostics all;
  const auto add = [&](Severity severity, int times) {
    for (int i = 0; i < times; ++i) {
      AddToFile({severity, "f.json", "", {1, i + 1}, "Code", "message"}, &all);
    }
  };
  add(Severity::kWarning, 10'000);
  EXPECT_EQ(all.size(), 10'000u);
  add(Severity::kSuggestion, 20'000);
  ASSERT_EQ(all.size(), 10'001u);
  EXPECT_EQ(all.back().code, "MoreFindings");
  EXPECT_FALSE(HasErrors(all));
  add(Severity::kError, 20'000);
  add(Severity::kWarning, 20'000);
  ASSERT_EQ(all.size(), 10'002u);
  EXPECT_EQ(ToString(all.back()),
            "f.json:1:1: and more faults from here on, which are not listed");
  EXPECT_EQ(all.back().code, "MoreFaults");
  EXPECT_TRUE(HasErrors(all));
}

TEST(Diagnostics, TextsAreCutBetweenCharacters) {
  std::string accents;
  for (int i = 0; i < 5000; ++i) accents += "\xc3\xa9";
  Diagnostics all;
  AddToFile({Severity::kError, "f.json", "p" + accents, {}, "Code", accents},
            &all);
  EXPECT_EQ(all[0].path, absl::StrCat("p", accents.substr(0, 2046), "…"));
  EXPECT_EQ(all[0].message, absl::StrCat(accents.substr(0, 2048), "…"));
}

}  // namespace
}  // namespace rolegate
