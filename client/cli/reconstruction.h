// Decides again what the audit log says was decided
// (docs/audit-log.md, "Reconstructing a decision").

#ifndef ROLEGATE_CLIENT_CLI_RECONSTRUCTION_H_
#define ROLEGATE_CLIENT_CLI_RECONSTRUCTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/cli/audit_entry.h"
#include "client/cli/audit_memory.h"
#include "engine/decide/decision.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/circumstances.h"
#include "engine/sts/question.h"

namespace rolegate::cli {

// Why a record cannot be decided again.
enum class Obstacle : std::uint8_t {
  kNone,
  kNoSession,        // the record that issued the session is not there
  kNoCommonContext,  // nor the one with the common context of the call
  kReplaced,         // a value that the answer depends on is not told
  kNoDecision,       // the record does not tell what was decided
  kNoPrincipal,      // the record does not tell who asked
  kNoQuestion,       // the action or the resource is none
  kNoInput,          // refused for what the record does not hold
};
inline constexpr std::size_t kObstacleCount = 8;

// One sentence without an end, for reports.
absl::string_view ObstacleText(Obstacle obstacle);
// "no_session", for JSON.
absl::string_view ObstacleName(Obstacle obstacle);

// How it would be decided now.
struct Redecision {
  Obstacle obstacle = Obstacle::kNone;
  std::string missing;  // what stands in the way: a key, a session

  Verdict verdict = Verdict::kImplicitDeny;
  StatementRef statement;  // the deciding one, if there is one
  std::string note;        // why, where no policy says so

  // No policy had a say, so that no registry makes a difference.
  bool is_settled = false;
};

// Decides by one registry.  What it was made of must outlive it.  Not
// thread-safe.
class Reconstruction {
 public:
  // `which` numbers the registry among those that share the memory.
  Reconstruction(const Snapshot& registry, std::size_t which,
                 const AccessOptions& options, AuditMemory* memory)
      : registry_(registry),
        which_(which),
        options_(options),
        memory_(*memory) {}

  const Snapshot& registry() const { return registry_; }

  // Decides a record of the kinds `authorize`, `batch` or `assume_role` by the
  // engine itself, as of the record's time.
  Redecision Decide(const AuditEntry& entry);

  // Does the same, and shows the question and its answer to `see` while they
  // last.  Of an `assume_role` record that is the action that decided.  `see`
  // is not called where there is no question.
  using Witness = std::function<void(const Question&, const Decision&)>;
  Redecision Decide(const AuditEntry& entry, const Witness& see);

 private:
  const Snapshot& registry_;
  const std::size_t which_;
  const AccessOptions& options_;
  AuditMemory& memory_;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_RECONSTRUCTION_H_
