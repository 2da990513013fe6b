// The status of a registry: which generation is in force, and what is wrong
// with the directory as it was read last.  A plain value.

#ifndef ROLEGATE_ENGINE_REGISTRY_REGISTRY_STATUS_H_
#define ROLEGATE_ENGINE_REGISTRY_REGISTRY_STATUS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/registry/registry_counts.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// A fenced folder whose last good files are in force, because the files that
// stand in it now have faults.
struct HeldFolder {
  std::string path;    // the path of its fence
  absl::Time since;    // when the first of an unbroken row of faults was read
  Diagnostics faults;  // what is wrong with the files that stand there now
};

struct RegistryStatus {
  bool loaded = false;          // whether a snapshot is in force
  std::string revision;         // the revision of that snapshot
  absl::Time loaded_at;         // when it was put in force
  RegistryCounts counts;        // what it holds
  bool from_last_good = false;  // whether it came from last_good_dir
  Diagnostics findings;         // what deserves a look in it

  // Why the registry sees changes only when it polls, in all folders or in
  // some: inotify is missing, or has no more watches.  Empty if it sees changes
  // as they come, or does not watch.  `findings` tells this, too.
  std::string watch_fault;

  // The faults of the directory as it was read last.  Empty if there are none.
  // The revocations that it holds are in force all the same.
  Diagnostics faults;

  // Files that look like policies and are not read, because of their names, as
  // the directory was read last.  `findings` tells them, too, if a snapshot of
  // that reading is in force.
  Diagnostics skipped;

  // When the first of an unbroken row of faulty generations was read.
  absl::Time held_back_since;

  // Whether the generation with these faults is held back as a whole.  If it
  // has faults and is not held back, everything is in force except the new
  // files of the held folders.
  bool held_back = false;

  // The folders that keep their last good files, in the order of their paths.
  // Empty without FenceFaults::kHoldFolder.
  std::vector<HeldFolder> held_folders;

  // How long the last reading took that found a change.
  absl::Duration read_time;

  std::uint64_t reloads = 0;         // how many generations were put in force
  std::uint64_t failed_reloads = 0;  // how many were held back
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REGISTRY_STATUS_H_
