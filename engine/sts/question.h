// Question: may this subject do that, to this resource, under these
// circumstances?
//
//   const Circumstances circumstances(snapshot, options, subject, given, now);
//   const Question question(circumstances, action, resource, "");
//   const Decision decision = Decide(question);
//   if (!decision.allowed()) Show(Explain(question, decision));

#ifndef ROLEGATE_ENGINE_STS_QUESTION_H_
#define ROLEGATE_ENGINE_STS_QUESTION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "engine/decide/condition_memo.h"
#include "engine/decide/decide.h"
#include "engine/decide/explain.h"
#include "engine/decide/request.h"
#include "engine/decide/request_context.h"
#include "engine/sts/circumstances.h"

namespace rolegate {

// A value that never changes.  It is bound to the snapshot of its
// circumstances, so that it cannot be decided by one snapshot and explained by
// another.  Making one finds the policies of its resource and allocates
// nothing.
//
// It holds views of all that it is made from, and all of that must outlive it.
// It is for the thread of its circumstances.
class Question final : public ContextKeySource {
 public:
  // Asks about one action on one resource.  `account` owns the resource; if it
  // is empty, ResolveResourceAccount says who does.  `own` is the context of
  // this question alone, which stands over the common one; it may be null.
  Question(const Circumstances& circumstances, const ActionName& action,
           const ResourceName& resource, absl::string_view account,
           const RequestContext* own = nullptr);

  // Asks the same with these policies in place of those that the registry has
  // for the resource.  `account` is taken as it is.
  Question(const Circumstances& circumstances, const ActionName& action,
           const ResourceName& resource, absl::string_view account,
           PolicySpan resource_policies);

  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  const Circumstances& circumstances() const { return circumstances_; }
  const ActionName& action() const { return action_; }
  const ResourceName& resource() const { return resource_; }
  const RequestContext* own_context() const { return own_; }  // may be null

  // All policies that may have a say.
  const PolicySet& policies() const { return policies_; }

  // Returns the budget of the question, to which finding the resource's
  // policies is already charged.
  const StepBudget& budget() const { return budget_; }

  // The question for the evaluator, without a budget and a memory of its own.
  Request request() const;

  // The keys of a question.  Each of these sources stands over those that
  // follow: the question's own context, the subject, the common context, the
  // resource, the call.
  bool Get(const ContextKey& key, ContextValues* values) const override;
  bool DiffersByQuestion(const ContextKey& key) const override;

 private:
  void FindResourcePolicies();
  void SetRcps();
  bool GetResourceKey(const ContextKey& key, ContextValues* values) const;
  bool GetResourceTag(absl::string_view tag_key, ContextValues* values) const;
  bool GetCallKey(const ContextKey& key, ContextValues* values) const;

  const Circumstances& circumstances_;
  const ActionName& action_;
  const ResourceName& resource_;
  const absl::string_view account_;  // that owns the resource
  const RequestContext* const own_;
  const OrganizationMember* const owner_;  // null: not of an organisation
  StepBudget budget_;
  PolicySet policies_;
  MatchingPolicies resource_policies_;
};

// The work that the questions of one call share while they are decided.  Either
// may be null.
struct SharedWork {
  // Charged with what each question took, besides the question's own budget.
  StepBudget* budget = nullptr;

  // Remembers what conditions on the common context came to, for those
  // questions that have no context of their own.
  ConditionMemo* memo = nullptr;
};

// Decides.  Allocates nothing, takes no lock and cannot fail, as the Decide of
// decide.h.
Decision Decide(const Question& question, const SharedWork& shared = {});

// Says why `decision` is what Decide answered to the question.  What explaining
// takes is charged to `budget`, or to one for a whole call if that is null; the
// explanation is empty once the budget is exhausted.
Explanation Explain(const Question& question, const Decision& decision,
                    StepBudget* budget = nullptr);

// The names of the condition keys that the answer may depend on, sorted: those
// that the statements for this action, principal and resource test or use as
// variables, and the keys that these are made from.  To a question that differs
// in the values of other keys alone, the answer is the same.  Nothing if
// finding them takes more than `budget` has, or more than a whole call may if
// that is null.
std::optional<std::vector<std::string>> KeysRead(const Question& question,
                                                 StepBudget* budget = nullptr);

// Calls `sink` with each condition key that has a value in the question, once,
// and its values.  For records: works every key out, and allocates.
using KeySink =
    absl::FunctionRef<void(absl::string_view name, const ContextValues&)>;
void ForEachKey(const Question& question, KeySink sink);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_QUESTION_H_
