// Decides for a principal of the registry: gathers the policies that apply to
// it and the condition keys that the service itself knows, and asks Decide.

#ifndef ROLEGATE_ENGINE_STS_ACCESS_H_
#define ROLEGATE_ENGINE_STS_ACCESS_H_

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "engine/decide.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/role_session.h"

namespace rolegate {

// Who a decision is for.
struct Subject {
  Principal principal;                   // views; must outlive the decision
  const RoleSession* session = nullptr;  // for kRoleSession
};

// Settings that bear on decisions.
struct AccessOptions {
  // Accounts whose own side counts as decided by their own administrators:
  // a caller from one of them needs no identity policy here.
  absl::flat_hash_set<std::string> external_accounts;
};

// What a caller's session has become since it was issued.
enum class SubjectState {
  kAlive,
  kUnknownRole,   // the role is gone, or was deleted and made again
  kExpired,
};
SubjectState CheckSubject(const Snapshot& snapshot, const Subject& subject,
                          absl::Time now);

// Gathers, for one subject, one resource and one moment, what Decide needs.
// Lives on the stack of a request; holds views into the snapshot, the subject
// and the context it was given, all of which must outlive it.
class Access {
 public:
  // `given` holds the condition keys that the caller may set; it has been
  // checked (context_keys.h) and is completed here by those of the subject,
  // the resource and the time.  `now` fills aws:CurrentTime.
  Access(const Snapshot& snapshot, const AccessOptions& options,
         const Subject& subject, const RequestContext& given, absl::Time now);

  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  // Decides one action on one resource.  May be called many times; keys that
  // come from the resource are set anew each time.  `extra` overrides for
  // this call only; may be null.
  Decision Authorize(const ActionName& action, const ResourceName& resource,
                     absl::string_view resource_account,
                     const RequestContext* extra = nullptr);

  // The context as completed for the last Authorize.
  const RequestContext& context() const { return context_; }

 private:
  void GatherPolicies();
  void AddPrincipalKeys();
  void AddTimeKeys(absl::Time now);
  void AddResourceKeys(const ResourceName& resource,
                       absl::string_view resource_account);

  const Snapshot& snapshot_;
  const AccessOptions& options_;
  const Subject& subject_;
  RequestContext base_;     // all but the resource's keys
  RequestContext context_;  // of the last question
  // Owned texts that keys point to, and the policies gathered: see access.cc.
  absl::InlinedVector<std::string, 8> texts_;
  IdentityPolicies empty_identity_;
  const IdentityPolicies* identity_ = nullptr;
  absl::InlinedVector<const Policy*, 4> session_policies_;
  const OrganizationMember* member_ = nullptr;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ACCESS_H_
