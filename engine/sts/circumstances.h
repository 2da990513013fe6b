// Circumstances: what all questions of one call have in common.

#ifndef ROLEGATE_ENGINE_STS_CIRCUMSTANCES_H_
#define ROLEGATE_ENGINE_STS_CIRCUMSTANCES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "engine/decide/decide.h"
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

  // The most that one question may cost, in steps.
  std::uint64_t max_check_steps = kMaxCheckSteps;

  // A question that costs more than this is asked again elsewhere, and is not
  // denied.  An answer within it is the answer under max_check_steps.
  std::uint64_t max_steps_here = StepBudget::kUnlimited;

  // Returns the most that the policies of one session may cost (policy_cost.h):
  // the half of a check that the policies of the registry leave.
  std::uint64_t max_session_steps() const { return max_check_steps / 2; }
};

// The policies that take the place of the registry's in a simulation, each kind
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

// The circumstances of a call: who asks, when, with which common context, and
// which policies of a snapshot apply to every question.  Allocates nothing.
//
// It holds views of the snapshot, the subject and the context that it was
// given, and all of them must outlive it.  It is for one thread, for it makes
// the texts of some keys when they are first asked for.
class Circumstances {
 public:
  // `given` holds the condition keys that the caller may set and that were
  // checked (CheckCallerKey).  `now` is aws:CurrentTime.
  Circumstances(const Snapshot& snapshot, const AccessOptions& options,
                const Subject& subject, const RequestContext& given,
                absl::Time now);

  Circumstances(const Circumstances&) = delete;
  Circumstances& operator=(const Circumstances&) = delete;

  // Both are for simulations and come before the first question.  The first
  // leaves the keys of time without a value; the second takes these policies
  // for the registry's, and they must outlive this object.
  void RemoveClock() { subject_keys_.RemoveClock(); }
  void Substitute(const SubstitutePolicies& substitutes);

  const Snapshot& snapshot() const { return snapshot_; }
  const SubjectFacts& facts() const { return facts_; }
  const RequestContext& given() const { return given_; }

  // Whether the subject, the moment or the common context has a value for the
  // key.  What is known of the subject stands over what was given.
  bool Get(const ContextKey& key, ContextValues* values) const {
    return subject_keys_.Get(key, values) || given_.Get(key, values);
  }

  // The policies that apply to every question.  Those of the resource and of
  // its account are absent, for each question has its own.
  const PolicySet& policies() const { return policies_; }

  // Null: nothing takes the place of the registry's policies.
  const SubstitutePolicies* substitutes() const {
    return substitutes_.has_value() ? &*substitutes_ : nullptr;
  }

  // Whether a policy that is attached to the subject is not in the registry.
  bool lacks_policies() const {
    return identity_ != nullptr && !identity_->missing.empty() &&
           !(substitutes_.has_value() && substitutes_->identity.present);
  }

  // Returns the most that a question may cost: in all, and before it is asked
  // again elsewhere.
  std::uint64_t max_steps() const { return max_steps_; }
  std::uint64_t max_steps_here() const { return max_steps_here_; }

 private:
  void GatherPolicies();

  const Snapshot& snapshot_;
  const std::uint64_t max_steps_;
  const std::uint64_t max_steps_here_;
  const RequestContext& given_;
  const SubjectFacts facts_;
  SubjectKeys subject_keys_;
  const IdentityPolicies* const identity_;  // null: the subject has none
  absl::InlinedVector<const Policy*, 4> session_policies_;
  std::optional<SubstitutePolicies> substitutes_;
  PolicySet policies_;
};

// Whether the control policies of its organisation limit an account.  Rule 128:
// they do not limit the management account.
inline bool LimitedByOrganization(const OrganizationMember* member) {
  return member != nullptr && !member->is_management_account;
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_CIRCUMSTANCES_H_
