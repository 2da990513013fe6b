// What earlier records of the audit log say about later ones: the sessions that
// were issued, and the context that the checks of one call have in common.

#ifndef ROLEGATE_CLIENT_CLI_AUDIT_MEMORY_H_
#define ROLEGATE_CLIENT_CLI_AUDIT_MEMORY_H_

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/cli/audit_entry.h"
#include "client/cli/recent_map.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/role_session.h"
#include "engine/sts/subject.h"

namespace rolegate::cli {

// A session as the record says that issued it.
struct KnownSession {
  RoleSession session;  // without `role_id`, which the registry knows

  // Condition keys whose values the record does not tell.  One that ends with
  // `/` stands for its family.
  std::vector<std::string> unknown_keys;
  bool lacks_policy = false;  // the record does not tell the session policy

  // The session as the subject of each registry that is asked.
  static constexpr std::size_t kRegistries = 2;
  std::array<std::optional<Subject>, kRegistries> subjects;
};

// Remembers at most 256 MiB of sessions and 64 MiB of contexts, those that were
// asked for last.  Not thread-safe.
class AuditMemory {
 public:
  AuditMemory();

  // Takes a record that was read, and keeps what later ones need of it.
  void Learn(AuditEntry entry);

  // Null for a session whose record was not learnt, or is forgotten.
  KnownSession* FindSession(absl::string_view access_key_id) {
    return sessions_.Find(access_key_id);
  }

  // The record that has the common context of a call, or null.
  const AuditEntry* FindCommonContext(absl::string_view decision_id) {
    return contexts_.Find(decision_id);
  }

  // Whether something had to be forgotten that may have been asked for later.
  bool has_forgotten() const {
    return sessions_.dropped() + contexts_.dropped() > 0;
  }

 private:
  void LearnSession(const AuditEntry& entry);
  std::shared_ptr<const Policy> Compile(absl::string_view text);

  RecentMap<KnownSession> sessions_;
  RecentMap<AuditEntry> contexts_;
  RecentMap<std::shared_ptr<const Policy>> policies_;
};

// The session's subject by the registry, which is one of `kRegistries`; null if
// the registry does not hold the session's role.
const Subject* SubjectOf(KnownSession* session, const Snapshot& registry,
                         std::size_t which);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_AUDIT_MEMORY_H_
