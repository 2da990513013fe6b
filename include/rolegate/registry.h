// A Registry holds the roles, users, policies and organizations that stand in a
// directory of IAM JSON.
//
//   rolegate::Diagnostics faults;
//   absl::StatusOr<rolegate::engine::Registry> registry =
//       rolegate::engine::Registry::Open({.dir = "roles"}, &faults);
//   if (!registry.ok()) std::cerr << registry.status() << "\n";
//   rolegate::engine::Snapshot now = registry->snapshot();
//   std::cout << now.revision() << "\n";
//
// The directory holds files named `*.json`, in folders of any depth.  Each
// defines one or more entities in the form that AWS's API returns them, such as
// the answer of GetAccountAuthorizationDetails.  docs/concepts.md describes
// them.
//
// A registry watches its directory.  All files of one moment are a generation,
// which comes into force as a whole.  If a file has a fault, the registry holds
// the new generation back and keeps the old one in force.  Only the revocations
// of sessions in it do not wait: they come into force at once.

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

// All that a registry knew at one moment.  A Snapshot is a handle: it is cheap
// to copy, what it refers to never changes, and any number of threads may use
// it at once.  It outlives its registry.
//
// Take one snapshot for everything that belongs together, so that a reload
// between two questions does not mix two generations.  Do not keep it longer
// than that: an old snapshot knows neither new roles nor new revocations, and
// holds the memory of its generation.
class Snapshot {
 public:
  // Makes a snapshot that knows nothing: no role, no policy, no account.
  Snapshot();

  // Returns the name of the content in force, as lower-case hexadecimal digits.
  // Equal files have equal revisions on every machine.
  std::string revision() const;

  // Returns the ARNs of all roles, sorted byte by byte.
  std::vector<std::string> role_arns() const;

  // Returns what loaded although it deserves a look: policies that probably
  // grant more or less than their authors meant.  None of it has the severity
  // kError.  Sorted by file and place.
  Diagnostics findings() const;

 private:
  friend class Internals;
  friend class Registry;
  explicit Snapshot(std::shared_ptr<const rolegate::Snapshot> snapshot);

  std::shared_ptr<const rolegate::Snapshot> snapshot_;  // never null
};

// Which directory a registry reads, and how.
struct RegistryOptions {
  // The path of the directory.  It may be a symbolic link that you later point
  // to another directory, as Kubernetes does with its volumes.
  std::string dir;

  // Whether the registry watches the directory and puts changes in force as
  // they come, a tenth of a second after the last edit and at most two seconds
  // after the first.  If not, changes wait for Reload.
  bool watch = true;

  // A folder in `dir` that holds AWS-managed policies, as a path in `dir` or
  // one that begins with it.  If other files define the same policies
  // differently, those of this folder hold.  If it is empty, a difference is a
  // fault.
  std::string aws_managed_dir;
};

// Registry reads and watches one directory.  It is thread-safe.  You can move a
// registry, but not copy it; one that you moved from is good only for
// destruction and assignment.
//
// A registry that watches has a thread of its own, which its destructor ends.
// Snapshots outlive it.
class Registry {
 public:
  // Reads the directory and returns once all of it is in force.
  //
  // kFailedPrecondition if the directory cannot be read, holds no entity, or
  // has a fault; the message is the first fault in the form of ToString
  // (diagnostic.h).  `*faults` then receives all faults in place of what it
  // held.  `faults` may be null.  A reference to a file outside the directory
  // is a fault, also by a symbolic link.
  //
  // kFailedPrecondition also if `aws_managed_dir` is no folder in `dir`.
  // `*faults` does not change then, nor if this function succeeds.
  static absl::StatusOr<Registry> Open(const RegistryOptions& options,
                                       Diagnostics* faults = nullptr);

  Registry(Registry&& other) noexcept;
  Registry& operator=(Registry&& other) noexcept;
  ~Registry();

  // Returns what is in force.  Never waits for a reload, and never fails.
  Snapshot snapshot() const;

  // Returns what is wrong with the files as the registry read them last.  These
  // faults keep the files from coming into force.  Empty if the files are in
  // force.
  Diagnostics faults() const;

  // Reads the directory now, whether or not the registry watches it, and
  // returns what faults() returns afterwards.  If several threads call it at
  // once, one reading serves all calls that were made before it began.
  Diagnostics Reload();

 private:
  explicit Registry(std::unique_ptr<rolegate::Registry> registry);

  std::unique_ptr<rolegate::Registry> registry_;
};

}  // namespace rolegate::engine

#endif  // ROLEGATE_REGISTRY_H_
