// What conditions come to: rules 62 to 98 of docs/semantics.md, row by row.

#include "engine/decide/condition_match.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/decide/evaluate.h"
#include "engine/decide/request.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

// The values of the key `app:k` in a request.
using Values = std::optional<std::vector<absl::string_view>>;
const Values kMissing = std::nullopt;

struct Row {
  std::string description;
  std::string condition;  // the Condition element, `k` for the key `app:k`
  Values values;
  ConditionResult result;
};

constexpr ConditionResult kTrue = ConditionResult::kTrue;
constexpr ConditionResult kFalse = ConditionResult::kFalse;
constexpr ConditionResult kIllTyped = ConditionResult::kIllTyped;

// Whether a statement of this effect, with the condition and nothing else that
// could stop it, matches.
bool Matches(const Row& row, const std::string& effect) {
  Diagnostics faults;
  const auto policy = Policy::CompileText(
      absl::StrCat(R"({"Version": "2012-10-17", "Statement": {"Effect": ")",
                   effect, R"(", "Action": "*", "Resource": "*",
                   "Condition": )",
                   row.condition, "}}"),
      PolicyKind::kIdentity, {"p", "", ""}, &faults);
  EXPECT_TRUE(faults.empty()) << ToString(faults.front());
  if (policy == nullptr) return false;
  RequestContext keys;
  keys.Set(ContextKey("app:who"), "alice");
  if (row.values.has_value()) keys.SetList(ContextKey("app:k"), *row.values);
  const ActionName action = *ActionName::Parse("s3:GetObject");
  const ResourceName resource = *ResourceName::Parse("arn:aws:s3:::b/k");
  Request request;
  request.action = &action;
  request.resource = &resource;
  request.context = &keys;
  StepBudget budget(kMaxCheckSteps);
  const ChargedContext context(keys, &budget);
  const Policy* const policies[] = {policy.get()};
  return EvaluatePolicies(policies, request, context, {}).verdict !=
         Verdict::kImplicitDeny;
}

class ConditionMatch : public testing::Test {
 protected:
  // Rule 80: what cannot be compared fails an Allow and satisfies a Deny.
  static void Expect(absl::Span<const Row> rows) {
    for (const Row& row : rows) {
      SCOPED_TRACE(absl::StrCat(row.description, ": ", row.condition));
      EXPECT_EQ(Matches(row, "Allow"), row.result == kTrue);
      EXPECT_EQ(Matches(row, "Deny"), row.result != kFalse);
    }
  }
};

TEST_F(ConditionMatch, OperatorsAndKeysAreAndValuesAreOr) {
  Expect({{
      {"one of two values",
       R"({"StringEquals": {"app:k": ["a", "b"]}})",
       {{"b"}},
       kTrue},
      {"none of two values",
       R"({"StringEquals": {"app:k": ["a", "b"]}})",
       {{"c"}},
       kFalse},
      {"both operators",
       R"({"StringLike": {"app:k": "a*"}, "StringNotEquals": {"app:k": "ab"}})",
       {{"ac"}},
       kTrue},
      {"one operator of two",
       R"({"StringLike": {"app:k": "a*"}, "StringNotEquals": {"app:k": "ab"}})",
       {{"ab"}},
       kFalse},
      {"both keys",
       R"({"StringEquals": {"app:k": "a", "app:who": "alice"}})",
       {{"a"}},
       kTrue},
      {"one key of two",
       R"({"StringEquals": {"app:k": "a", "app:who": "bob"}})",
       {{"a"}},
       kFalse},
      {"no conditions", "{}", kMissing, kTrue},
      {"negated: neither value",
       R"({"StringNotEquals": {"app:k": ["a", "b"]}})",
       {{"c"}},
       kTrue},
      {"negated: one of the values",
       R"({"StringNotEquals": {"app:k": ["a", "b"]}})",
       {{"a"}},
       kFalse},
      {"the key in another letter case",
       R"({"StringEquals": {"APP:K": "a"}})",
       {{"a"}},
       kTrue},
  }});
}

TEST_F(ConditionMatch, KeysThatAreMissing) {
  Expect({{
      {"positive", R"({"StringEquals": {"app:k": "a"}})", kMissing, kFalse},
      {"negated", R"({"StringNotEquals": {"app:k": "a"}})", kMissing, kTrue},
      {"IfExists", R"({"StringEqualsIfExists": {"app:k": "a"}})", kMissing,
       kTrue},
      {"an empty list is a missing key",
       R"({"StringEquals": {"app:k": "a"}})",
       {{}},
       kFalse},
      {"Null true", R"({"Null": {"app:k": "true"}})", kMissing, kTrue},
      {"Null true, the key is there",
       R"({"Null": {"app:k": "true"}})",
       {{"a"}},
       kFalse},
      {"Null true, an empty list",
       R"({"Null": {"app:k": "true"}})",
       {{}},
       kTrue},
      {"Null false", R"({"Null": {"app:k": "false"}})", {{""}}, kTrue},
      {"Null of both",
       R"({"Null": {"app:k": ["true", "false"]}})",
       {{"a"}},
       kTrue},
  }});
}

TEST_F(ConditionMatch, SetOperators) {
  Expect({{
      {"every value",
       R"({"ForAllValues:StringEquals": {"app:k": ["a", "b"]}})",
       {{"a", "b"}},
       kTrue},
      {"not every value",
       R"({"ForAllValues:StringEquals": {"app:k": ["a", "b"]}})",
       {{"a", "c"}},
       kFalse},
      {"every value of none",
       R"({"ForAllValues:StringEquals": {"app:k": "a"}})",
       {{}},
       kTrue},
      {"every value of a missing key",
       R"({"ForAllValues:StringEquals": {"app:k": "a"}})", kMissing, kTrue},
      {"some value",
       R"({"ForAnyValue:StringEquals": {"app:k": "a"}})",
       {{"c", "a"}},
       kTrue},
      {"some value of none",
       R"({"ForAnyValue:StringEquals": {"app:k": "a"}})",
       {{}},
       kFalse},
      {"some value of a missing key, negated",
       R"({"ForAnyValue:StringNotEquals": {"app:k": "a"}})", kMissing, kFalse},
      {"negated value by value",
       R"({"ForAnyValue:StringNotEquals": {"app:k": "a"}})",
       {{"a", "b"}},
       kTrue},
      {"IfExists without the key",
       R"({"ForAnyValue:StringEqualsIfExists": {"app:k": "a"}})", kMissing,
       kTrue},
      {"IfExists with an empty list",
       R"({"ForAnyValue:StringEqualsIfExists": {"app:k": "a"}})",
       {{}},
       kFalse},
      {"empty texts count as none",
       R"({"ForAllValues:StringEquals": {"app:k": "a"}})",
       {{"", ""}},
       kTrue},
      {"one value that cannot be compared decides",
       R"({"ForAnyValue:NumericEquals": {"app:k": "1"}})",
       {{"1", "x"}},
       kIllTyped},
  }});
}

TEST_F(ConditionMatch, ValuesThatCannotBeCompared) {
  Expect({{
      {"several without a set operator",
       R"({"StringEquals": {"app:k": "a"}})",
       {{"a", "a"}},
       kIllTyped},
      {"several, negated",
       R"({"StringNotEquals": {"app:k": "a"}})",
       {{"b", "c"}},
       kIllTyped},
      {"no number",
       R"({"NumericEquals": {"app:k": "1"}})",
       {{"1e0"}},
       kIllTyped},
      {"no number, IfExists",
       R"({"NumericEqualsIfExists": {"app:k": "1"}})",
       {{"x"}},
       kIllTyped},
      {"no date",
       R"({"DateLessThan": {"app:k": "2024-01-01"}})",
       {{"noon"}},
       kIllTyped},
      {"no boolean", R"({"Bool": {"app:k": "true"}})", {{"yes"}}, kIllTyped},
      {"no address",
       R"({"IpAddress": {"app:k": "10.0.0.0/8"}})",
       {{"10.0.0"}},
       kIllTyped},
      {"no ARN",
       R"({"ArnLike": {"app:k": "arn:aws:s3:::*"}})",
       {{"b"}},
       kIllTyped},
      {"no base64",
       R"({"BinaryEquals": {"app:k": "YQ=="}})",
       {{"?"}},
       kIllTyped},
  }});
}

TEST_F(ConditionMatch, EachTypeComparesItsOwnWay) {
  Expect({{
      {"texts keep their case",
       R"({"StringEquals": {"app:k": "a"}})",
       {{"A"}},
       kFalse},
      {"texts without their case",
       R"({"StringEqualsIgnoreCase": {"app:k": "a"}})",
       {{"A"}},
       kTrue},
      {"a star is a star",
       R"({"StringEquals": {"app:k": "a*"}})",
       {{"ab"}},
       kFalse},
      {"a star is a wildcard",
       R"({"StringLike": {"app:k": "a*"}})",
       {{"ab"}},
       kTrue},
      {"a variable",
       R"({"StringEquals": {"app:k": "${app:who}"}})",
       {{"alice"}},
       kTrue},
      {"a variable without a value",
       R"({"StringEquals": {"app:k": "${app:none}"}})",
       {{"alice"}},
       kFalse},
      {"a variable without a value, negated",
       R"({"StringNotEquals": {"app:k": "${app:none}"}})",
       {{"alice"}},
       kTrue},
      {"numbers as decimals",
       R"({"NumericEquals": {"app:k": "1.50"}})",
       {{"1.5"}},
       kTrue},
      {"numbers, less",
       R"({"NumericLessThan": {"app:k": "10"}})",
       {{"9.75"}},
       kTrue},
      {"numbers, at least",
       R"({"NumericGreaterThanEquals": {"app:k": "10"}})",
       {{"10"}},
       kTrue},
      {"dates with offsets",
       R"({"DateEquals": {"app:k": "2024-01-01T00:00:00Z"}})",
       {{"2024-01-01T02:00:00+02:00"}},
       kTrue},
      {"seconds since 1970",
       R"({"DateLessThan": {"app:k": "2000-01-01"}})",
       {{"0"}},
       kTrue},
      {"booleans in any case",
       R"({"Bool": {"app:k": "true"}})",
       {{"TRUE"}},
       kTrue},
      {"an address in its network",
       R"({"IpAddress": {"app:k": "10.0.0.0/8"}})",
       {{"10.9.8.7"}},
       kTrue},
      {"an address of another family",
       R"({"IpAddress": {"app:k": "0.0.0.0/0"}})",
       {{"2001:db8::1"}},
       kFalse},
      {"an IPv4 address written as IPv6",
       R"({"IpAddress": {"app:k": "10.0.0.0/8"}})",
       {{"::ffff:10.1.2.3"}},
       kTrue},
      {"ARNs by their parts",
       R"({"ArnEquals": {"app:k": "arn:aws:s3:*:*:b/*"}})",
       {{"arn:aws:s3:::b/k"}},
       kTrue},
      {"an empty part of an ARN is an empty part",
       R"({"ArnLike": {"app:k": "arn:aws:s3:::*"}})",
       {{"arn:aws:s3:eu-west-1::b"}},
       kFalse},
      {"the bytes behind base64",
       R"({"BinaryEquals": {"app:k": "YQ=="}})",
       {{"YQ=="}},
       kTrue},
  }});
}

}  // namespace
}  // namespace rolegate
