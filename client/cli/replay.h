// Replays the audit log against another registry: which decisions would flip.

#ifndef ROLEGATE_CLIENT_CLI_REPLAY_H_
#define ROLEGATE_CLIENT_CLI_REPLAY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "client/cli/audit_entry.h"
#include "client/cli/audit_memory.h"
#include "client/cli/audit_stream.h"
#include "client/cli/reconstruction.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/circumstances.h"

namespace rolegate::cli {

// Why the registry decides a record otherwise than the log says.
enum class FlipCause : std::uint8_t {
  kRegistry,     // it is another registry
  kRevision,     // the baseline does, too; another revision decided the record
  kEnvironment,  // the same revision did: the record does not hold everything
};
// "registry", "revision", "environment".
absl::string_view FlipCauseName(FlipCause cause);

// A decision and the statement that it comes from.
struct FlipSide {
  Verdict verdict = Verdict::kImplicitDeny;
  std::string policy;  // empty: no statement decided
  std::string sid;
  int index = -1;
  std::string file;
  int line = 0;      // 0: not known, as of what a log says
  std::string note;  // why, where no statement says so
};

// Records that flip in the same way.
struct Flip {
  std::string principal;  // of a session its role; empty: several
  std::string action;
  std::string resource;  // empty: several
  FlipSide was;
  FlipSide is;
  FlipCause cause = FlipCause::kRegistry;

  std::uint64_t count = 0;  // records
  double estimate = 0;      // calls, with those that sampling left out
  absl::Time first;
  absl::Time last;
  std::string example;  // decision_id of the first

  bool is_newly_allowed() const { return is.verdict == Verdict::kAllow; }
  bool is_newly_denied() const { return was.verdict == Verdict::kAllow; }
};

// Records that cannot be decided again, by what stands in the way.
struct Undecided {
  std::uint64_t count = 0;
  std::string first_place;    // "audit.log:12"
  std::string first_missing;  // the session's access key id, the condition key
};

struct ReplayTotals {
  std::uint64_t decided = 0;
  double decided_estimate = 0;
  std::uint64_t same = 0;
  std::uint64_t settled = 0;  // of `same`, those in which no policy had a say
  std::uint64_t newly_allowed = 0;
  std::uint64_t newly_denied = 0;
  std::uint64_t otherwise_denied = 0;  // implicitly or explicitly
  double newly_allowed_estimate = 0;
  double newly_denied_estimate = 0;
  double otherwise_denied_estimate = 0;

  // Flips that the registry causes.
  std::uint64_t by_registry = 0;
  std::uint64_t widened_by_registry = 0;

  // Records that the baseline decides otherwise than the log says.
  std::uint64_t unlike_baseline = 0;

  std::array<Undecided, kObstacleCount> undecided;
  std::map<std::string, std::uint64_t> other_kinds;
  std::uint64_t lost = 0;    // records, as the log itself says
  std::uint64_t allows = 0;  // records that allow, also if not decided again
  bool is_sampled = false;

  std::uint64_t flipped() const {
    return newly_allowed + newly_denied + otherwise_denied;
  }
  std::uint64_t not_decided() const;
};

// Takes records in their order and counts flips.  Groups of flips take at most
// 64 MiB: further ones are counted without their resource, and when that does
// not suffice, without anything but their decisions.  Not thread-safe.
class Replay {
 public:
  // The registries must outlive it; `baseline` may be null.
  Replay(const Snapshot& registry, const Snapshot* baseline,
         AccessOptions options, std::size_t max_group_bytes = kMaxGroupBytes);

  void Take(PlacedEntry placed);

  const ReplayTotals& totals() const { return totals_; }
  // The flips, the most frequent first.
  std::vector<const Flip*> Flips() const;
  bool has_forgotten() const { return memory_.has_forgotten(); }

 private:
  static constexpr std::size_t kMaxGroupBytes = std::size_t{64} << 20;

  void Compare(const PlacedEntry& placed);
  void AddFlip(const AuditEntry& entry, const Redecision& now, FlipCause cause);
  void CountUndecided(const PlacedEntry& placed, const Redecision& now);

  AuditMemory memory_;
  const AccessOptions options_;
  Reconstruction now_;
  std::unique_ptr<Reconstruction> baseline_;  // may be null
  ReplayTotals totals_;
  const std::size_t max_group_bytes_;
  std::size_t group_bytes_ = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Flip>> flips_;
};

// What stands for the statement of one side: "`Sid` of `policy` (file:12)".
std::string SideText(const FlipSide& side);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_REPLAY_H_
