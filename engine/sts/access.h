// Decides for a principal of the registry: gathers the policies that apply to
// it and the condition keys that the service itself knows, and asks Decide.

#ifndef ROLEGATE_ENGINE_STS_ACCESS_H_
#define ROLEGATE_ENGINE_STS_ACCESS_H_

#include <deque>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "engine/decide.h"
#include "engine/explain.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/subject.h"

namespace rolegate {

// Settings that bear on decisions.
struct AccessOptions {
  // Accounts whose own side counts as decided by their own administrators: a
  // caller from one that the registry does not know needs no identity policy.
  absl::flat_hash_set<std::string> external_accounts;
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

// Gathers, for one subject and one moment, what Decide needs.  Lives on the
// stack of a request; holds views into the snapshot, the subject and the
// context it was given, all of which must outlive it.
class Access {
 public:
  // `given` holds the condition keys that the caller may set; it has been
  // checked (CheckCallerKey) and is completed here by those of the subject,
  // the resource and the time.  `now` fills aws:CurrentTime.
  Access(const Snapshot& snapshot, const AccessOptions& options,
         const Subject& subject, const RequestContext& given, absl::Time now);

  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  // For simulations: forgets what time it is, and takes these policies for the
  // registry's; they must outlive this object.
  void RemoveClock();
  void Substitute(const SubstitutePolicies& substitutes) {
    substitutes_ = substitutes;
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

  // Why the last question was answered with `decision`.  `action` and
  // `resource` of that question must still be there.
  Explanation Explain(const Decision& decision) const;

 private:
  void GatherPolicies();
  void AddTimeKeys(absl::Time now);
  void AddPrincipalKeys();
  void AddPrincipalTags(absl::Span<const Tag> of_entity,
                        absl::Span<const Tag> of_session);
  void AddSessionKeys();
  void AddOrganizationKeys();
  void SetIfAbsent(const ContextKey& key, absl::string_view value);
  void AddCalledViaKeys();
  void AddResourceKeys(const ResourceName& resource,
                       absl::string_view resource_account);
  Decision Ask(const ActionName& action, const ResourceName& resource,
               absl::string_view account, const OptionalPolicies& policies);
  OptionalPolicies PoliciesOf(const ActionName& action,
                              const ResourceName& resource);
  void ApplySubstitutes();

  // Keeps a text for as long as this object lives.
  absl::string_view Keep(std::string text) {
    return texts_.emplace_back(std::move(text));
  }

  const Snapshot& snapshot_;
  const AccessOptions& options_;
  const Subject& subject_;
  const Principal principal_;
  RequestContext base_;  // all but what each question adds
  // Of the last question.
  RequestContext context_;
  MatchingPolicies resource_policies_;
  PolicySet policies_;
  Request request_;

  std::deque<std::string> texts_;
  absl::InlinedVector<absl::string_view, 4> org_paths_;
  absl::InlinedVector<absl::string_view, 4> resource_org_paths_;
  absl::InlinedVector<const Policy*, 4> session_policies_;
  bool has_session_policies_ = false;
  SubstitutePolicies substitutes_;
  const IdentityPolicies* identity_ = nullptr;  // null: has none
  const OrganizationMember* member_ = nullptr;  // of the principal's account
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ACCESS_H_
