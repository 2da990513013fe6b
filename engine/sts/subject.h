// The subject of a decision, which owns all that it needs.

#ifndef ROLEGATE_ENGINE_STS_SUBJECT_H_
#define ROLEGATE_ENGINE_STS_SUBJECT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/decide/principal.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/result.h"
#include "engine/sts/role_session.h"
#include "engine/text/tag.h"

namespace rolegate {

// A caller, or whoever a caller asks about.
struct Subject {
  OwnedPrincipal principal;
  std::shared_ptr<const RoleSession> session;  // of a role session
  RoleKey role;                                // of the session

  // The tags of a principal without a session, as the one who identified it
  // stated them.  They replace the tags that the registry has for it.
  std::vector<Tag> tags;

  // A session's principal is its role's assumed-role ARN.
  static Subject OfSession(std::shared_ptr<const RoleSession> session);
};

// A principal by name: a user, a root user, a role session or a federated user
// by ARN, an account by number, `service:NAME`; a role's own ARN means a
// session of it named `principal`, issued at `now`, without session policies
// and tags.  kInvalidArgument for anything else, kNotFound for a role that the
// registry does not hold.
absl::StatusOr<Subject> SubjectByName(absl::string_view name,
                                      const Snapshot& snapshot, absl::Time now);

// The state of a subject since it was named or its session was issued.
enum class SubjectState {
  kAlive,
  kExpired,
  kUnknownRole,  // the role is gone, or was deleted and made again
  kRevoked,      // it, or a session that it was chained from
};
SubjectState CheckSubject(const Snapshot& snapshot, const Subject& subject,
                          absl::Time now);

// The error for a subject that is not alive: ExpiredToken for one whose time
// is over, by the clock or by a revocation, for a new session is what helps;
// InvalidClientTokenId for one whose role is gone.
[[nodiscard]] Refusal RefuseUnlessAlive(const Snapshot& snapshot,
                                        const Subject& subject, absl::Time now);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_SUBJECT_H_
