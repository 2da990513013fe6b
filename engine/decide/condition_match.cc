#include "engine/decide/condition_match.h"

#include <algorithm>
#include <optional>

#include "absl/base/attributes.h"
#include "engine/decide/condition_memo.h"
#include "engine/decide/template_match.h"
#include "engine/text/arn.h"
#include "engine/text/base64.h"
#include "engine/text/boolean.h"
#include "engine/text/cidr.h"
#include "engine/text/decimal.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

template <typename T>
bool Holds(Comparison comparison, const T& request, const T& policy) {
  switch (comparison) {
    case Comparison::kLess:
      return request < policy;
    case Comparison::kLessOrEqual:
      return request <= policy;
    case Comparison::kGreater:
      return request > policy;
    case Comparison::kGreaterOrEqual:
      return request >= policy;
    case Comparison::kEqual:
    case Comparison::kEqualIgnoreCase:
    case Comparison::kLike:
      break;
  }
  return request == policy;
}

// Tests single request values with one condition, without its set quantifier
// and IfExists.
class ValueTest {
 public:
  ValueTest(ConditionView condition, const ChargedContext& context)
      : condition_(condition), context_(context) {}

  // Rules 63 and 77: a negated operator holds only if no listed value matches,
  // value by value under a quantifier.  NotEquals of {a, b} means "neither",
  // never "differs from one".
  ABSL_ATTRIBUTE_ALWAYS_INLINE ConditionResult
  operator()(absl::string_view value) const {
    const std::optional<bool> matches = MatchesAny(value);
    if (!matches) return ConditionResult::kIllTyped;
    return *matches != condition_.op().negated ? ConditionResult::kTrue
                                               : ConditionResult::kFalse;
  }

 private:
  // Whether any policy value matches the request's; nothing if that is not of
  // the operator's type.
  std::optional<bool> MatchesAny(absl::string_view value) const {
    StepBudget& budget = context_.budget();
    switch (condition_.op().type) {
      case OperandType::kString:  // Rules 67 and 91
        return MatchesTemplate(value);
      case OperandType::kArn:  // Rules 73 and 98
        budget.Spend(step_costs::kParsed + step_costs::Bytes(value.size()));
        return IfParsed(Arn::Parse(value),
                        [&](const Arn& arn) { return MatchesArn(value, arn); });
      case OperandType::kNumeric:
        budget.Spend(step_costs::kParsedByte * value.size());
        return IfParsed(Decimal::Parse(value), [&](const Decimal& request) {
          return AnyValue(condition_.values<DecimalView>(),
                          [&](DecimalView policy) {
                            return Holds(condition_.op().comparison, request,
                                         policy.value());
                          });
        });
      case OperandType::kDate:
        budget.Spend(step_costs::kParsed);
        return IfParsed(Instant::Parse(value), [&](const Instant& request) {
          return AnyValue(
              condition_.values<Instant>(), [&](const Instant& policy) {
                return Holds(condition_.op().comparison, request, policy);
              });
        });
      case OperandType::kBool:  // Rules 70 and 95
        budget.Spend(step_costs::kParsed);
        return IfParsed(ParseBool(value),
                        [&](bool request) { return MatchesBool(request); });
      case OperandType::kBinary:  // Rule 71
        budget.Spend(step_costs::kParsedByte * value.size());
        if (!IsBase64(value)) return std::nullopt;
        return AnyValue(condition_.values<BytesView>(), [&](BytesView policy) {
          budget.Spend(step_costs::kParsedByte * value.size());
          return Base64Equals(value, policy.bytes());
        });
      case OperandType::kIpAddress:
        budget.Spend(step_costs::kParsed);
        return IfParsed(IpAddress::Parse(value), [&](const IpAddress& request) {
          return AnyValue(condition_.values<CidrBlock>(),
                          [&](const CidrBlock& policy) {
                            return policy.Contains(request);
                          });
        });
      case OperandType::kNull:
        break;
    }
    return false;
  }

  template <typename T, typename F>
  static std::optional<bool> IfParsed(const std::optional<T>& value, F f) {
    if (!value) return std::nullopt;
    return f(*value);
  }

  template <typename List, typename F>
  bool AnyValue(const List& values, F matches) const {
    for (const auto& value : values) {
      if (!context_.budget().Spend(step_costs::kValue)) return false;
      if (matches(value)) return true;
    }
    return false;
  }

  bool MatchesTemplate(absl::string_view value) const {
    const ComparedText text = {
        value, condition_.op().comparison == Comparison::kEqualIgnoreCase
                   ? TextComparison::kIgnoreCase
                   : TextComparison::kExact};
    return AnyValue(
        condition_.values<TemplateView>(), [&](TemplateView policy) {
          return MatchTemplate(policy, text, context_) == TemplateMatch::kYes;
        });
  }

  // A bare `*` stands for any ARN.
  bool MatchesArn(absl::string_view value, const Arn& arn) const {
    const ComparedText text =
        ComparedText::Arn(value, value.size() - arn.resource.size());
    return AnyValue(
        condition_.values<TemplateView>(), [&](TemplateView policy) {
          return policy.IsOnly(PieceKind::kAnyRun) ||
                 MatchTemplate(policy, text, context_) == TemplateMatch::kYes;
        });
  }

  bool MatchesBool(bool request) const {
    return AnyValue(condition_.values<TemplateView>(),
                    [&](TemplateView policy) {
                      absl::string_view word;
                      return ResolveWord(policy, context_, &word) &&
                             ParseBool(word) == request;
                    });
  }

  const ConditionView condition_;
  const ChargedContext& context_;
};

// Rules 74 and 97: `Null: true` holds for a key that is absent or has no
// values, and of a list of flags one must hold.
ConditionResult TestNull(ConditionView condition, const ContextValues& values,
                         StepBudget* budget) {
  const bool absent = values.empty();
  const absl::Span<const bool> flags = condition.values<bool>();
  budget->Spend(step_costs::kValue * flags.size());
  return std::find(flags.begin(), flags.end(), absent) != flags.end()
             ? ConditionResult::kTrue
             : ConditionResult::kFalse;
}

ConditionResult ResultOf(bool holds) {
  return holds ? ConditionResult::kTrue : ConditionResult::kFalse;
}

// Rules 64, 65, 75, 76, 78 and 86: what becomes of a key that is missing.  AWS:
// "Condition operators", the part on keys that are missing.
ConditionResult TestMissing(const ConditionOperator& op) {
  if (op.if_exists) return ConditionResult::kTrue;
  switch (op.quantifier) {
    case SetQuantifier::kForAllValues:
      return ConditionResult::kTrue;
    case SetQuantifier::kForAnyValue:
      return ConditionResult::kFalse;
    case SetQuantifier::kNone:
      break;
  }
  return ResultOf(op.negated);
}

// Rules 75, 76, 79, 87 and 88: a list of nothing but the empty string counts as
// an empty one.  AWS: "Conditions with multiple context keys or values".
ABSL_ATTRIBUTE_NOINLINE ConditionResult TestSet(const ValueTest& test,
                                                const ConditionOperator& op,
                                                const ContextValues& values) {
  const bool all = op.quantifier == SetQuantifier::kForAllValues;
  const bool empty =
      std::all_of(values.begin(), values.end(),
                  [](absl::string_view value) { return value.empty(); });
  if (empty) return ResultOf(all);
  // Rule 90: one element that cannot be compared decides, wherever it stands.
  bool every = true;
  bool any = false;
  for (absl::string_view value : values) {
    switch (test(value)) {
      case ConditionResult::kTrue:
        any = true;
        break;
      case ConditionResult::kFalse:
        every = false;
        break;
      case ConditionResult::kIllTyped:
        return ConditionResult::kIllTyped;
    }
  }
  return ResultOf(all ? every : any);
}

// TestCondition as a part of its caller: a decision tests a few conditions, and
// does little else.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline ConditionResult Test(
    ConditionView condition, const ChargedContext& context) {
  ContextValues values;
  const bool present = context.Get(condition.key(), &values);
  const ConditionOperator& op = condition.op();
  if (op.type == OperandType::kNull) {
    return TestNull(condition, values, &context.budget());
  }
  if (!present) return TestMissing(op);

  const ValueTest value_test(condition, context);
  if (op.quantifier != SetQuantifier::kNone) {
    context.budget().Spend(values.size());
    return TestSet(value_test, op, values);
  }
  // Rule 89: without a set operator a list has one value.
  if (values.empty()) return TestMissing(op);
  if (values.size() > 1) return ConditionResult::kIllTyped;
  return value_test(values.front());
}

// Remembers what TestCondition answered before in this call.
ConditionResult TestOnce(ConditionView condition,
                         const ChargedContext& context) {
  ConditionMemo& memo = *context.memo();
  StepBudget& budget = context.budget();
  const void* const identity = condition.identity();
  if (const ConditionMemo::Entry* const known = memo.Find(identity)) {
    budget.Spend(known->steps);
    memo.Save(known->steps - step_costs::kValue);
    return known->result;
  }
  const std::uint64_t before = budget.spent();
  memo.Begin();
  const ConditionResult result = TestCondition(condition, context);
  if (!budget.exhausted()) memo.Put(identity, result, budget.spent() - before);
  return result;
}

}  // namespace

ConditionResult TestCondition(ConditionView condition,
                              const ChargedContext& context) {
  return Test(condition, context);
}

// Rules 62, 83 and 84: every operator and every key must hold.
bool ConditionsHold(StatementView statement, const ChargedContext& context) {
  for (const ConditionView condition : statement.conditions()) {
    if (context.budget().exhausted()) return false;
    switch (context.memo() == nullptr ? Test(condition, context)
                                      : TestOnce(condition, context)) {
      case ConditionResult::kTrue:
        break;
      case ConditionResult::kFalse:
        return false;
      case ConditionResult::kIllTyped:  // Rule 80
        if (statement.effect() == Effect::kAllow) return false;
        break;
    }
  }
  return true;
}

}  // namespace rolegate
