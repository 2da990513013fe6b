// Decides for a principal of the registry: gathers the policies that apply to
// it and the condition keys that the service itself knows, and asks Decide.

#ifndef ROLEGATE_ENGINE_STS_ACCESS_H_
#define ROLEGATE_ENGINE_STS_ACCESS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "engine/decide/condition_memo.h"
#include "engine/decide/decide.h"
#include "engine/decide/explain.h"
#include "engine/decide/request_context.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/subject.h"
#include "engine/sts/subject_keys.h"
#include "engine/text/steps.h"

namespace rolegate {

// Settings that bear on decisions.
struct AccessOptions {
  // Accounts whose own side counts as decided by their own administrators: a
  // caller from one that the registry does not know needs no identity policy.
  absl::flat_hash_set<std::string> external_accounts;

  // What one question may cost.
  std::uint64_t max_check_steps = kMaxCheckSteps;

  // Where a question that costs more than this is asked again elsewhere, and
  // not denied.  An answer within it is the answer under max_check_steps.
  std::uint64_t max_steps_here = StepBudget::kUnlimited;

  // What the policies of one session may cost at most (policy_cost.h): the half
  // of a check that those of the registry leave.
  std::uint64_t max_session_steps() const { return max_check_steps / 2; }
};

// For simulations: what takes the place of the registry's policies, each kind
// if it is present.
struct SubstitutePolicies {
  OptionalPolicies identity;
  OptionalPolicies boundary;
  OptionalPolicies session;
  OptionalPolicies resource;
  OptionalPolicies trust;  // of the role that is to be assumed
  LeveledPolicies scps;
  LeveledPolicies rcps;
};

// Gathers, for one subject and one moment, what Decide needs, and allocates
// nothing for it.  Lives on the stack of a request, for one thread; holds views
// into the snapshot, the subject and the contexts it was given, all of which
// must outlive it.
class Access : private ContextKeySource {
 public:
  // `given` holds the condition keys that the caller may set; it has been
  // checked (CheckCallerKey) and is completed here by those of the subject,
  // the resource and the time.  `now` is aws:CurrentTime.
  Access(const Snapshot& snapshot, const AccessOptions& options,
         const Subject& subject, const RequestContext& given, absl::Time now);

  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  // For simulations: forgets what time it is, and takes these policies for the
  // registry's; they must outlive this object.  Once, before any question.
  void RemoveClock() { subject_keys_.RemoveClock(); }
  void Substitute(const SubstitutePolicies& substitutes);

  // What questions take, and explaining them, is charged to `call` from now on,
  // besides the budget that each question has of its own.  Null: to nobody.
  void ChargeTo(StepBudget* call) { call_budget_ = call; }

  // Many questions follow: what conditions on the common context come to is
  // remembered for those of them that have no context of their own.
  void RememberConditions() {
    if (memo_ == nullptr) memo_ = std::make_unique<ConditionMemo>();
  }

  // Decides one action on one resource.  May be called many times.  `extra`
  // is this question's own context, over the given one; may be null.
  Decision Authorize(const ActionName& action, const ResourceName& resource,
                     absl::string_view resource_account,
                     const RequestContext* extra = nullptr);

  // The same, with these policies in place of the registry's for the resource.
  Decision AuthorizeWithPolicies(const ActionName& action,
                                 const ResourceName& resource,
                                 absl::string_view resource_account,
                                 PolicySpan resource_policies);

  // The condition keys that the last question could be decided by, each once,
  // with its values.  For records of it; works every key out.
  using KeySink =
      absl::FunctionRef<void(absl::string_view name, const ContextValues&)>;
  void ForEachKey(KeySink sink) const;

  // Why the last question was answered with `decision`.  `action`, `resource`
  // and `extra` of that question must still be there.  Empty once the call's
  // budget is exhausted.
  Explanation Explain(const Decision& decision) const;

 private:
  // The keys of a question, where each stands over those that follow: its own
  // context, the subject's, the given context, those of the resource and of
  // the call.
  bool Get(const ContextKey& key, ContextValues* values) const override;
  bool GetResourceKey(const ContextKey& key, ContextValues* values) const;
  bool GetOwnerKey(const ContextKey& key, ContextValues* values) const;
  void MarkOfQuestion() const;  // what was just asked for
  bool GetResourceTag(absl::string_view tag_key, ContextValues* values) const;
  bool GetCallKey(const ContextKey& key, ContextValues* values) const;

  void GatherPolicies();
  Decision Ask(const ActionName& action, absl::string_view account,
               const OptionalPolicies& policies);
  OptionalPolicies PoliciesOf(const ActionName& action,
                              const ResourceName& resource);

  // Begins a question, which has a budget of its own.
  void BeginQuestion(const ResourceName& resource, const RequestContext* extra);

  const Snapshot& snapshot_;
  const std::uint64_t max_steps_;  // of one question, here
  const RequestContext& given_;
  const SubjectFacts facts_;
  SubjectKeys subject_keys_;
  const IdentityPolicies* const identity_;  // null: has none
  absl::InlinedVector<const Policy*, 4> session_policies_;
  std::optional<SubstitutePolicies> substitutes_;

  StepBudget* call_budget_ = nullptr;
  std::unique_ptr<ConditionMemo> memo_;  // null: of one question only

  // Of the last question.
  StepBudget budget_;
  const RequestContext* extra_ = nullptr;
  const OrganizationMember* owner_ = nullptr;  // the resource's account
  mutable absl::InlinedVector<absl::string_view, 4> owner_org_paths_;
  MatchingPolicies resource_policies_;
  PolicySet policies_;
  Request request_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ACCESS_H_
