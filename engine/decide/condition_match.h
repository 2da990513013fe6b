// Tests conditions against a request's context.

#ifndef ROLEGATE_ENGINE_DECIDE_CONDITION_MATCH_H_
#define ROLEGATE_ENGINE_DECIDE_CONDITION_MATCH_H_

#include <cstdint>

#include "engine/decide/charged_context.h"
#include "engine/program/program_views.h"

namespace rolegate {

enum class ConditionResult : std::uint8_t {
  kFalse,
  kTrue,
  // A value in the request is not of the operator's type, or there are
  // several where the operator takes one.  Fails closed: it does not satisfy
  // an Allow's condition and satisfies a Deny's.
  kIllTyped,
};

// Tests one operator applied to one key.  Charges what it takes to the
// context's budget; once that is exhausted the answer means nothing.
ConditionResult TestCondition(ConditionView condition,
                              const ChargedContext& context);

// Whether a statement's whole Condition is satisfied: every operator and
// every key in it.
bool ConditionsHold(StatementView statement, const ChargedContext& context);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_CONDITION_MATCH_H_
