// A request's condition keys and the budget that looking them up, and all else
// that answering the request takes, is charged to.

#ifndef ROLEGATE_ENGINE_DECIDE_CHARGED_CONTEXT_H_
#define ROLEGATE_ENGINE_DECIDE_CHARGED_CONTEXT_H_

#include "engine/decide/condition_memo.h"
#include "engine/decide/request_context.h"
#include "engine/text/step_costs.h"
#include "engine/text/steps.h"

namespace rolegate {

// Both must outlive it.  For one thread.
class ChargedContext {
 public:
  // `memo` may be null.
  ChargedContext(const ContextKeySource& source, StepBudget* budget,
                 ConditionMemo* memo = nullptr)
      : source_(source), budget_(*budget), memo_(memo) {}

  // Behaves as ContextKeySource::Get does, and charges the budget.
  bool Get(const ContextKey& key, ContextValues* values) const {
    budget_.Spend(step_costs::kLookUp);
    if (memo_ != nullptr && source_.DiffersByQuestion(key)) {
      memo_->MarkOfQuestion();
    }
    return source_.Get(key, values);
  }

  StepBudget& budget() const { return budget_; }
  ConditionMemo* memo() const { return memo_; }

 private:
  const ContextKeySource& source_;
  StepBudget& budget_;
  ConditionMemo* const memo_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_CHARGED_CONTEXT_H_
