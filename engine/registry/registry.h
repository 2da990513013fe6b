// A registry: a directory that it watches, and the last clean generation that
// it read from there.
//
//   Registry registry(options);
//   registry.Start();  // reads once, then watches
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

// Thread-safe.  snapshot() never waits for a reload, because it copies a
// pointer.
class Registry {
 public:
  // The registry calls it after each attempt to reload, from the thread that
  // reloaded, for logs, health and metrics.  It must not call the registry,
  // except for snapshot() and status().
  using Listener = std::function<void(const RegistryStatus&)>;

  explicit Registry(RegistryOptions options);
  ~Registry();  // stops the watch

  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Call it before Start.
  void SetListener(Listener listener);

  // Reads the directory, or what last_good_dir holds if the directory has
  // faults, and begins to watch unless reload is manual.  Returns after the
  // first reading.  Faults are no error of the call: status() tells them.
  void Start();

  // Reads the directory now, whatever the mode, and returns the status after
  // it.  One reading serves all calls that were made before it began.
  RegistryStatus Reload();

  // The snapshot in force; null as long as no generation was clean.
  std::shared_ptr<const Snapshot> snapshot() const;
  RegistryStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REGISTRY_H_
