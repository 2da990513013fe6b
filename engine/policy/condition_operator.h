// The condition operators of the policy language, in one table.

#ifndef ROLEGATE_ENGINE_POLICY_CONDITION_OPERATOR_H_
#define ROLEGATE_ENGINE_POLICY_CONDITION_OPERATOR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

enum class SetQuantifier : std::uint8_t { kNone, kForAllValues, kForAnyValue };

// The type of values that an operator compares.  It decides how the operator's
// policy values are compiled.
enum class OperandType : std::uint8_t {
  kString,
  kNumeric,
  kDate,
  kBool,
  kBinary,
  kIpAddress,
  kArn,
  kNull,
};

// How a request value and a policy value must stand to each other.
enum class Comparison : std::uint8_t {
  kEqual,
  kEqualIgnoreCase,
  kLike,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};

struct ConditionOperator {
  OperandType type : 3 = OperandType::kString;
  Comparison comparison : 3 = Comparison::kEqual;
  bool negated : 1 = false;    // holds if no policy value matches
  bool if_exists : 1 = false;  // holds if the key is absent
  SetQuantifier quantifier : 2 = SetQuantifier::kNone;

  friend bool operator==(const ConditionOperator&,
                         const ConditionOperator&) = default;
};

// Reads `ForAnyValue:StringLikeIfExists` and its like, in any letter case.
// Nothing for an unknown name, and for `NullIfExists` and a quantified `Null`,
// which AWS does not have.
std::optional<ConditionOperator> ParseConditionOperator(absl::string_view name);

// The spelling of AWS's documents: "ForAllValues:StringEquals".
std::string ConditionOperatorName(const ConditionOperator& op);

// The known base operator that is most like `name`; empty if none is near.
absl::string_view SuggestConditionOperator(absl::string_view name);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_CONDITION_OPERATOR_H_
