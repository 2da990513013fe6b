// The choices of an operator about a registry: its directory, what is a fault,
// how large it may become, and how it is watched.
//
//   RegistryOptions options;
//   options.dir = "/etc/rolegate/registry";
//   options.unknown_keys = UnknownKeys::kWarn;
//   Registry registry(options);
//
// These are plain values.  Copy them freely; nothing in this room changes them
// after it has taken them.

#ifndef ROLEGATE_ENGINE_REGISTRY_REGISTRY_OPTIONS_H_
#define ROLEGATE_ENGINE_REGISTRY_REGISTRY_OPTIONS_H_

#include <cstdint>
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

namespace rolegate {

class LastGoodSeal;

// The meaning of a name without a definition: an attached policy or a boundary
// that the registry does not hold.
enum class MissingPolicies {
  kFault,  // the generation is held back
  kDeny,   // a finding, and every decision for the entity is denied
};

// The meaning of a member that neither AWS nor Rolegate knows.  A name that is
// close to a known one is a fault in any case.
enum class UnknownKeys { kFault, kWarn };

// kAuto: the registry watches its directory.  kManual: it reads the directory
// when it starts and when Reload is called.
enum class ReloadMode { kAuto, kManual };

// Bounds on what a registry reads, each for one generation.  What exceeds one
// is a fault with the code LimitExceeded, or PolicyTooCostly for steps.
struct RegistryLimits {
  std::uint64_t max_policy_bytes = std::uint64_t{1} << 20;  // of one document
  int max_policy_depth = 16;  // of the JSON of one document

  // The steps that all policies may take together that meet in one check.
  std::uint64_t max_policy_steps = kMaxPolicySteps;

  std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
  int max_file_depth = 64;  // of the JSON of one file
  std::uint64_t max_files = 2'000'000;
  std::uint64_t max_total_bytes = std::uint64_t{4} << 30;  // of all files
};

struct RegistryOptions {
  // The directory.  It may be a link, and may be swapped for another one.
  std::string dir;
  ReloadMode reload = ReloadMode::kAuto;

  // The folder that keeps the last clean generation for the next start of the
  // server.  Empty: clean generations are not kept.
  std::string last_good_dir;
  // Authenticates what `last_good_dir` keeps.  Null: nothing is kept there.
  std::shared_ptr<const LastGoodSeal> last_good_seal;

  // The folder of the AWS-managed policies that hold where other files define
  // the same ones differently: a path in the registry without a slash at its
  // ends.  Empty: there is no such folder, and policies that differ are a
  // fault.
  std::string aws_managed_dir;

  MissingPolicies missing_policies = MissingPolicies::kFault;
  UnknownKeys unknown_keys = UnknownKeys::kFault;
  bool allow_empty = false;  // else a registry that defines nothing is a fault

  // The fences, which say what the files of some folders may define.
  // CheckFences must find nothing wrong with the list.
  std::vector<Fence> fences;
  FenceFaults fence_faults = FenceFaults::kHoldAll;
  RegistryLimits limits;

  // Says what is wrong with a provider's key set, because the engine knows no
  // keys.  Null: key sets are not checked.
  absl::Status (*jwks_check)(absl::string_view text) = nullptr;

  // Looks at every policy document that loads.  Null: nobody does.
  PolicyInspector inspector = nullptr;

  // Shares equal compiled documents.  The reader of a registry sets its own
  // pool here; callers leave it null.
  ProgramPool* program_pool = nullptr;

  // Reads the metadata of SAML providers, because the engine knows no XML.
  // Null: no provider has a certificate.
  SamlMetadataReader saml_metadata_reader = nullptr;

  // The registry reads edits in place once the directory was quiet for `quiet`,
  // and at most `max_delay` after the first change.  It looks at everything
  // every `poll`, for changes that inotify did not tell.
  absl::Duration quiet = absl::Milliseconds(100);
  absl::Duration max_delay = absl::Seconds(2);
  absl::Duration poll = absl::Seconds(10);
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REGISTRY_OPTIONS_H_
