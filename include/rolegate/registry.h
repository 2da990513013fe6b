// Roles, users, policies and organizations from a directory of IAM JSON.
//
//   rolegate::Diagnostics faults;
//   absl::StatusOr<rolegate::engine::Registry> registry =
//       rolegate::engine::Registry::Open({.dir = "roles"}, &faults);
//   if (!registry.ok()) std::cerr << registry.status() << "\n";
//   rolegate::engine::Snapshot now = registry->snapshot();
//   std::cout << now.revision() << "\n";
//
// A registry watches its directory.  A generation of files with a fault is held
// back as a whole, and what was in force stays in force but for revocations,
// which never wait.

#ifndef ROLEGATE_REGISTRY_H_
#define ROLEGATE_REGISTRY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rolegate/diagnostic.h"

namespace rolegate {
class Registry;
class Snapshot;
}  // namespace rolegate

namespace rolegate::engine {

class Internals;

// All that a registry knew at one moment.  A handle that is cheap to copy; what
// it refers to never changes and may be used by any number of threads at once.
// Decide everything that belongs together by one snapshot.
class Snapshot {
 public:
  // Knows nothing: no role, no policy, no account.
  Snapshot();

  // Names the content: equal for equal files on every machine.
  std::string revision() const;
  // In the order of their texts.
  std::vector<std::string> role_arns() const;
  // What is worth a look though it loads.
  Diagnostics findings() const;

 private:
  friend class Internals;
  friend class Registry;
  explicit Snapshot(std::shared_ptr<const rolegate::Snapshot> snapshot);

  std::shared_ptr<const rolegate::Snapshot> snapshot_;  // never null
};

struct RegistryOptions {
  std::string dir;

  // Whether changes are put in force as they come.  Otherwise Reload does it.
  bool watch = true;

  // A folder in `dir` whose AWS-managed policies hold where other files differ
  // from them.  Empty: files that differ are a fault.
  std::string aws_managed_dir;
};

// Thread-safe.  Moves, and does not copy.  Ends its watch when it is destroyed;
// snapshots outlive it.
class Registry {
 public:
  // Reads the directory.  kFailedPrecondition, with the first fault as its
  // message, if there is a fault; `faults` may be null and otherwise receives
  // all of them.  A reference to a file outside the directory is a fault.
  static absl::StatusOr<Registry> Open(const RegistryOptions& options,
                                       Diagnostics* faults = nullptr);

  Registry(Registry&& other) noexcept;
  Registry& operator=(Registry&& other) noexcept;
  ~Registry();

  // What is in force.  Never waits for a reload.
  Snapshot snapshot() const;

  // What keeps the files that stand there now from being in force; empty if
  // they are.
  Diagnostics faults() const;

  // Reads the directory now and returns what faults() returns after it.
  Diagnostics Reload();

 private:
  explicit Registry(std::unique_ptr<rolegate::Registry> registry);

  std::unique_ptr<rolegate::Registry> registry_;
};

}  // namespace rolegate::engine

#endif  // ROLEGATE_REGISTRY_H_
