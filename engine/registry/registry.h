// The registry in force: a directory that is watched, and the last clean
// generation that was read from it.
//
//   Registry registry(options);
//   registry.Start();                        // reads once, then watches
//   std::shared_ptr<const Snapshot> s = registry.snapshot();
//   if (s == nullptr) return RegistryNotLoaded();

#ifndef ROLEGATE_ENGINE_REGISTRY_REGISTRY_H_
#define ROLEGATE_ENGINE_REGISTRY_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/program/policy.h"
#include "engine/program/policy_cost.h"
#include "engine/registry/fence.h"
#include "engine/registry/saml_metadata.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

class LastGoodSeal;

enum class MissingPolicies { kFault, kDeny };
enum class UnknownKeys { kFault, kWarn };
enum class ReloadMode { kAuto, kManual };

struct RegistryLimits {
  std::uint64_t max_policy_bytes = std::uint64_t{1} << 20;
  int max_policy_depth = 16;
  std::uint64_t max_policy_steps = kMaxPolicySteps;  // that meet in one check
  std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
  int max_file_depth = 64;
  std::uint64_t max_files = 2'000'000;
  std::uint64_t max_total_bytes = std::uint64_t{4} << 30;
};

struct RegistryOptions {
  std::string dir;
  ReloadMode reload = ReloadMode::kAuto;
  std::string last_good_dir;  // empty: clean generations are not kept
  // Authenticates what is kept there, or nothing is.
  std::shared_ptr<const LastGoodSeal> last_good_seal;

  // A folder, as a path in the registry without a slash at its ends, below
  // which stand the AWS-managed policies that hold where others differ from
  // them.  Empty: none, and those that differ are a fault.
  std::string aws_managed_dir;

  MissingPolicies missing_policies = MissingPolicies::kFault;
  UnknownKeys unknown_keys = UnknownKeys::kFault;
  bool allow_empty = false;
  std::vector<Fence> fences;  // such as CheckFences finds nothing wrong with
  FenceFaults fence_faults = FenceFaults::kHoldAll;
  RegistryLimits limits;
  // Says what is wrong with a provider's key set; the engine knows no keys.
  absl::Status (*jwks_check)(absl::string_view text) = nullptr;
  PolicyInspector inspector = nullptr;  // looks at every document that loads
  ProgramPool* program_pool = nullptr;  // set by what reads, for its own

  // Reads the metadata of SAML providers; null: nobody does, and no provider
  // has a certificate.
  SamlMetadataReader saml_metadata_reader = nullptr;

  // In-place edits are read once the directory was quiet for `quiet`, at most
  // `max_delay` after the first change; the poll is the net behind inotify.
  absl::Duration quiet = absl::Milliseconds(100);
  absl::Duration max_delay = absl::Seconds(2);
  absl::Duration poll = absl::Seconds(10);
};

// A fenced folder whose last good files are in force, in place of those that
// stand there now and have faults.
struct HeldFolder {
  std::string path;  // of its fence
  absl::Time since;  // when the first of an unbroken row of faults was read
  Diagnostics faults;
};

struct RegistryStatus {
  bool loaded = false;   // whether a snapshot is in force
  std::string revision;  // of the snapshot in force
  absl::Time loaded_at;  // when it was put in force
  RegistryCounts counts;
  bool from_last_good = false;  // it came from last_good_dir
  Diagnostics findings;         // of the snapshot in force

  // Why changes are seen by the poll alone, or in some folders: inotify is
  // missing, or has no more watches.  Empty: they are seen as they come, or
  // nobody looks for them.  Also a finding.
  std::string watch_fault;

  // What is wrong with the directory as it was read last; empty if nothing is.
  // Its revocations are in force all the same.
  Diagnostics faults;
  absl::Time held_back_since;  // when the first of an unbroken row of
                               // faulty generations was read

  // Whether that generation is held back as a whole.  If it has faults and is
  // not held back, all of it is in force but for the held folders.
  bool held_back = false;

  // Of what is in force, in the order of their paths.  Only with
  // FenceFaults::kHoldFolder.
  std::vector<HeldFolder> held_folders;

  std::uint64_t reloads = 0;  // generations put in force
  std::uint64_t failed_reloads = 0;
};

// Thread-safe.  snapshot() never waits for a reload: it copies a pointer.
class Registry {
 public:
  // Called after each attempt to reload, from the thread that reloaded:
  // for logs, health and metrics.  Must not call back into the registry but
  // for snapshot() and status().
  using Listener = std::function<void(const RegistryStatus&)>;

  explicit Registry(RegistryOptions options);
  ~Registry();  // stops the watch

  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Before Start.
  void SetListener(Listener listener);

  // Reads the directory, or what last_good_dir holds if that has faults, and
  // begins to watch (unless reload is manual).  Returns after the first read;
  // faults are no error of the call: status() has them.
  void Start();

  // Reads the directory now, whatever the mode, and returns the status after
  // it.  Calls at the same time are served by one read that began after them.
  RegistryStatus Reload();

  // The snapshot in force; null while none was ever clean.
  std::shared_ptr<const Snapshot> snapshot() const;
  RegistryStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REGISTRY_H_
