// The registry in force: a directory that is watched, and the last clean
// generation that was read from it.
//
//   Registry registry(options);
//   registry.Start();                        // reads once, then watches
//   std::shared_ptr<const Snapshot> s = registry.snapshot();
//   if (s == nullptr) return RegistryNotLoaded();

#ifndef ROLEGATE_ENGINE_REGISTRY_REGISTRY_H_
#define ROLEGATE_ENGINE_REGISTRY_REGISTRY_H_

#include <functional>
#include <memory>

#include "engine/registry/registry_options.h"
#include "engine/registry/registry_status.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

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
