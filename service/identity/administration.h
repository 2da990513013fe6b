// Who may administer the service: its own resource policy.

#ifndef ROLEGATE_SERVICE_IDENTITY_ADMINISTRATION_H_
#define ROLEGATE_SERVICE_IDENTITY_ADMINISTRATION_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/program/policy.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/circumstances.h"
#include "engine/text/diagnostic.h"
#include "service/identity/caller.h"

namespace rolegate::service {

inline constexpr char kAuthorizeAs[] = "rolegate:AuthorizeAs";
inline constexpr char kDecodeAuthorizationMessage[] =
    "rolegate:DecodeAuthorizationMessage";
inline constexpr char kExplain[] = "rolegate:Explain";
inline constexpr char kReadMetrics[] = "rolegate:ReadMetrics";
inline constexpr char kReadRegistry[] = "rolegate:ReadRegistry";
inline constexpr char kReloadRegistry[] = "rolegate:Reload";
inline constexpr char kSimulate[] = "rolegate:Simulate";

inline constexpr char kRegistryResource[] = "arn:rolegate:rolegate:::registry";

// `arn:rolegate:rolegate:::principal/<arn>`.
std::string PrincipalResource(absl::string_view principal);

// Thread-safe.
class Administration {
 public:
  // `file` empty: nobody is an administrator but, under --dev, who names
  // itself.
  explicit Administration(std::string file);

  // Reads the file.  Returns its faults; if there are none, the file is in
  // force now, otherwise the policy that was in force stays.  It is a fault
  // that the policy names a role, a session, or anything that could match one:
  // whoever writes the registry decides who may assume a role.
  Diagnostics Load();

  // The policy alone grants, and only to a user or service principal that it
  // names and that the caller's connection proves.  A session is refused,
  // however it was come by.  Denies of any policy and the caller's SCPs and
  // boundary still limit.  `snapshot` may be null: this works without a
  // registry.
  bool Allows(const Caller& caller, absl::string_view action,
              absl::string_view resource, const Snapshot* snapshot,
              absl::Time now) const;

 private:
  const std::string file_;
  const std::shared_ptr<const Snapshot> empty_registry_;
  mutable absl::Mutex mu_;
  std::shared_ptr<const Policy> policy_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_IDENTITY_ADMINISTRATION_H_
