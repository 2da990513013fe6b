#include "engine/policy/condition_operator.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/spelling.h"

namespace rolegate {
namespace {

struct BaseOperator {
  absl::string_view name;
  OperandType type;
  Comparison comparison;
  bool negated;
};

using enum OperandType;
using enum Comparison;

// AWS: "IAM JSON policy elements: Condition operators", IAM User Guide.
// ArnEquals and ArnLike are one operator under two names, as are their
// negations: AWS gives both wildcards.
constexpr BaseOperator kBaseOperators[] = {
    {"StringEquals", kString, kEqual, false},
    {"StringNotEquals", kString, kEqual, true},
    {"StringEqualsIgnoreCase", kString, kEqualIgnoreCase, false},
    {"StringNotEqualsIgnoreCase", kString, kEqualIgnoreCase, true},
    {"StringLike", kString, kLike, false},
    {"StringNotLike", kString, kLike, true},
    {"NumericEquals", kNumeric, kEqual, false},
    {"NumericNotEquals", kNumeric, kEqual, true},
    {"NumericLessThan", kNumeric, kLess, false},
    {"NumericLessThanEquals", kNumeric, kLessOrEqual, false},
    {"NumericGreaterThan", kNumeric, kGreater, false},
    {"NumericGreaterThanEquals", kNumeric, kGreaterOrEqual, false},
    {"DateEquals", kDate, kEqual, false},
    {"DateNotEquals", kDate, kEqual, true},
    {"DateLessThan", kDate, kLess, false},
    {"DateLessThanEquals", kDate, kLessOrEqual, false},
    {"DateGreaterThan", kDate, kGreater, false},
    {"DateGreaterThanEquals", kDate, kGreaterOrEqual, false},
    {"Bool", kBool, kEqual, false},
    {"BinaryEquals", kBinary, kEqual, false},
    {"IpAddress", kIpAddress, kEqual, false},
    {"NotIpAddress", kIpAddress, kEqual, true},
    {"ArnEquals", kArn, kEqual, false},
    {"ArnLike", kArn, kLike, false},
    {"ArnNotEquals", kArn, kEqual, true},
    {"ArnNotLike", kArn, kLike, true},
    {"Null", kNull, kEqual, false},
};

constexpr absl::string_view kForAllValues = "ForAllValues:";
constexpr absl::string_view kForAnyValue = "ForAnyValue:";
constexpr absl::string_view kIfExists = "IfExists";

bool ConsumePrefixIgnoringCase(absl::string_view* text,
                               absl::string_view prefix) {
  if (!absl::StartsWithIgnoreCase(*text, prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<ConditionOperator> ParseConditionOperator(
    absl::string_view name) {
  ConditionOperator op;
  if (ConsumePrefixIgnoringCase(&name, kForAllValues)) {
    op.quantifier = SetQuantifier::kForAllValues;
  } else if (ConsumePrefixIgnoringCase(&name, kForAnyValue)) {
    op.quantifier = SetQuantifier::kForAnyValue;
  }
  if (absl::EndsWithIgnoreCase(name, kIfExists)) {
    op.if_exists = true;
    name.remove_suffix(kIfExists.size());
  }
  for (const BaseOperator& base : kBaseOperators) {
    if (!absl::EqualsIgnoreCase(name, base.name)) continue;
    op.type = base.type;
    op.comparison = base.comparison;
    op.negated = base.negated;
    if (op.type == kNull &&
        (op.if_exists || op.quantifier != SetQuantifier::kNone)) {
      return std::nullopt;
    }
    return op;
  }
  return std::nullopt;
}

std::string ConditionOperatorName(const ConditionOperator& op) {
  const auto* const base = std::find_if(
      std::begin(kBaseOperators), std::end(kBaseOperators),
      [&](const BaseOperator& b) {
        return b.type == op.type && b.comparison == op.comparison &&
               b.negated == op.negated;
      });
  absl::string_view quantifier;
  if (op.quantifier == SetQuantifier::kForAllValues) quantifier = kForAllValues;
  if (op.quantifier == SetQuantifier::kForAnyValue) quantifier = kForAnyValue;
  return absl::StrCat(quantifier,
                      base == std::end(kBaseOperators) ? "?" : base->name,
                      op.if_exists ? kIfExists : absl::string_view());
}

absl::string_view SuggestConditionOperator(absl::string_view name) {
  ConsumePrefixIgnoringCase(&name, kForAllValues);
  ConsumePrefixIgnoringCase(&name, kForAnyValue);
  if (absl::EndsWithIgnoreCase(name, kIfExists)) {
    name.remove_suffix(kIfExists.size());
  }
  std::vector<absl::string_view> names;
  for (const BaseOperator& base : kBaseOperators) names.push_back(base.name);
  return NearestName(name, names, 3);
}

}  // namespace rolegate
