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

// Tests single request values; the base operator of one condition, without
// its set quantifier and IfExists.
class ValueTest {
 public:
  ValueTest(const Program& program, const ConditionTest& test,
            const ChargedContext& context)
      : program_(program), test_(test), context_(context) {}

  // Rules 63 and 77: a negated operator holds only if no listed value matches,
  // value by value under a quantifier.  NotEquals of {a, b} means "neither",
  // never "differs from one".
  ABSL_ATTRIBUTE_ALWAYS_INLINE ConditionResult
  operator()(absl::string_view value) const {
    const std::optional<bool> matches = MatchesAny(value);
    if (!matches) return ConditionResult::kIllTyped;
    return *matches != test_.op.negated ? ConditionResult::kTrue
                                        : ConditionResult::kFalse;
  }

 private:
  // Whether any policy value matches the request's; nothing if that is not of
  // the operator's type.
  std::optional<bool> MatchesAny(absl::string_view value) const {
    StepBudget& budget = context_.budget();
    switch (test_.op.type) {
      case OperandType::kString:  // Rules 67 and 91
        return MatchesTemplate(
            value, test_.op.comparison == Comparison::kEqualIgnoreCase
                       ? TextComparison::kIgnoreCase
                       : TextComparison::kExact);
      case OperandType::kArn:  // Rules 73 and 98
        budget.Spend(step_costs::kParsed + step_costs::Bytes(value.size()));
        return IfParsed(Arn::Parse(value),
                        [&](const Arn& arn) { return MatchesArn(value, arn); });
      case OperandType::kNumeric:
        budget.Spend(step_costs::kParsedByte * value.size());
        return IfParsed(Decimal::Parse(value), [&](const Decimal& decimal) {
          return MatchesNumber(decimal);
        });
      case OperandType::kDate:
        budget.Spend(step_costs::kParsed);
        return IfParsed(Instant::Parse(value), [&](const Instant& request) {
          return AnyValue([&](TextRef policy) {
            return Holds(test_.op.comparison, request,
                         program_.instant(policy));
          });
        });
      case OperandType::kBool:  // Rules 70 and 95
        budget.Spend(step_costs::kParsed);
        return IfParsed(ParseBool(value),
                        [&](bool request) { return MatchesBool(request); });
      case OperandType::kBinary:  // Rule 71
        budget.Spend(step_costs::kParsedByte * value.size());
        if (!IsBase64(value)) return std::nullopt;
        return AnyValue([&](TextRef bytes) {
          budget.Spend(step_costs::kParsedByte * value.size());
          return Base64Equals(value, program_.text(bytes));
        });
      case OperandType::kIpAddress:
        budget.Spend(step_costs::kParsed);
        return IfParsed(IpAddress::Parse(value), [&](const IpAddress& request) {
          return AnyValue([&](TextRef block) {
            return program_.cidr(block).Contains(request);
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

  template <typename F>
  bool AnyValue(F f) const {
    for (const TextRef value : program_.values(test_)) {
      if (!context_.budget().Spend(step_costs::kValue)) return false;
      if (f(value)) return true;
    }
    return false;
  }

  bool MatchesTemplate(absl::string_view value,
                       TextComparison comparison) const {
    const ComparedText text = {value, comparison};
    return AnyValue([&](TextRef policy) {
      return MatchTemplate(program_, program_.pieces(policy), text, context_) ==
             TemplateMatch::kYes;
    });
  }

  // A bare `*` stands for any ARN.
  bool MatchesArn(absl::string_view value, const Arn& arn) const {
    const ComparedText text =
        ComparedText::Arn(value, value.size() - arn.resource.size());
    return AnyValue([&](TextRef policy) {
      const Template pieces = program_.pieces(policy);
      return pieces.IsOnly(Piece::Kind::kAnyRun) ||
             MatchTemplate(program_, pieces, text, context_) ==
                 TemplateMatch::kYes;
    });
  }

  bool MatchesNumber(const Decimal& request) const {
    return AnyValue([&](TextRef policy) {
      return Holds(test_.op.comparison, request, program_.decimal(policy));
    });
  }

  bool MatchesBool(bool request) const {
    return AnyValue([&](TextRef policy) {
      absl::string_view word;
      return ResolveWord(program_, program_.pieces(policy), context_, &word) &&
             ParseBool(word) == request;
    });
  }

  const Program& program_;
  const ConditionTest& test_;
  const ChargedContext& context_;
};

// Rules 74 and 97: `Null: true` holds for a key that is absent or has no
// values, and of a list of flags one must hold.
ConditionResult TestNull(const Program& program, const ConditionTest& test,
                         const ContextValues& values, StepBudget* budget) {
  const bool absent = values.empty();
  const absl::Span<const TextRef> flags = program.values(test);
  budget->Spend(step_costs::kValue * flags.size());
  return std::any_of(flags.begin(), flags.end(),
                     [&](TextRef flag) { return program.flag(flag) == absent; })
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

// TestCondition, where it is part of its caller: a decision tests a few
// conditions, and does little else.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline ConditionResult Test(
    const Program& program, const ConditionTest& test,
    const ChargedContext& context) {
  ContextValues values;
  const bool present = context.Get(program.key(test.key), &values);
  const ConditionOperator& op = test.op;
  if (op.type == OperandType::kNull) {
    return TestNull(program, test, values, &context.budget());
  }
  if (!present) return TestMissing(op);

  const ValueTest value_test(program, test, context);
  if (op.quantifier != SetQuantifier::kNone) {
    context.budget().Spend(values.size());
    return TestSet(value_test, op, values);
  }
  // Rule 89: without a set operator a list has one value.
  if (values.empty()) return TestMissing(op);
  if (values.size() > 1) return ConditionResult::kIllTyped;
  return value_test(values.front());
}

// As TestCondition, from memory if it was tested before in this call.
ConditionResult TestOnce(const Program& program, const ConditionTest& test,
                         const ChargedContext& context) {
  ConditionMemo& memo = *context.memo();
  StepBudget& budget = context.budget();
  if (const ConditionMemo::Entry* const known = memo.Find(test)) {
    budget.Spend(known->steps);
    memo.Save(known->steps - step_costs::kValue);
    return known->result;
  }
  const std::uint64_t before = budget.spent();
  memo.Begin();
  const ConditionResult result = TestCondition(program, test, context);
  if (!budget.exhausted()) memo.Put(test, result, budget.spent() - before);
  return result;
}

}  // namespace

ConditionResult TestCondition(const Program& program, const ConditionTest& test,
                              const ChargedContext& context) {
  return Test(program, test, context);
}

// Rules 62, 83 and 84: every operator and every key must hold.
bool ConditionsHold(const Program& program, const StatementCode& statement,
                    const ChargedContext& context) {
  for (const ConditionTest& test : program.conditions(statement)) {
    if (context.budget().exhausted()) return false;
    switch (context.memo() == nullptr ? Test(program, test, context)
                                      : TestOnce(program, test, context)) {
      case ConditionResult::kTrue:
        break;
      case ConditionResult::kFalse:
        return false;
      case ConditionResult::kIllTyped:  // Rule 80
        if (statement.effect == Effect::kAllow) return false;
        break;
    }
  }
  return true;
}

}  // namespace rolegate
