// The last generations of a registry: what each changed, and what held some of
// them back.

#ifndef ROLEGATE_ENGINE_REGISTRY_GENERATION_HISTORY_H_
#define ROLEGATE_ENGINE_REGISTRY_GENERATION_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/generation_changes.h"
#include "engine/registry/registry_counts.h"
#include "engine/registry/registry_status.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// One generation, or an unbroken row of them that were held back.
struct GenerationRecord {
  bool in_force = false;    // else it was held back as a whole
  absl::Time time;          // when it was put in force, or the first was read
  absl::Time last_read;     // when the last of the row was read
  std::uint64_t times = 1;  // how many are in the row

  std::string revision;   // that is in force after it; empty for none
  RegistryCounts counts;  // of what is in force after it
  bool first = false;     // nothing was in force before it
  bool from_last_good = false;

  // What it changed in what was in force before it.  Empty for the first one
  // and for one that was held back.
  GenerationChanges changes;

  // The first faults of the last one of the row, and how many there are.  One
  // that is in force has faults if folders of it are held back.
  Diagnostics faults;
  std::size_t fault_count = 0;
};

// Thread-safe.  It shares its files with the generation in force, and keeps the
// names of what changed and a few faults of each record.
class GenerationHistory {
 public:
  static constexpr std::size_t kMaxRecords = 20;
  static constexpr std::size_t kMaxNames = 20;   // of each list
  static constexpr std::size_t kMaxFaults = 10;  // of each record

  // Notes what came of reading the registry at `now`.  `snapshot` is what is in
  // force after it, or null.  A reading that changed nothing is not noted.
  void Note(const RegistryStatus& status, const Snapshot* snapshot,
            absl::Time now);

  // The newest first.
  std::vector<GenerationRecord> Recent() const;

 private:
  // Standard, as the registry's lock is.
  mutable std::mutex mu_;
  std::deque<GenerationRecord> records_;  // the newest first
  std::optional<ContentTree> in_force_;   // the files of the last one in force
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_GENERATION_HISTORY_H_
