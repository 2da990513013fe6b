#include "client/cli/offline_registry.h"

#include <utility>

namespace rolegate::cli {

OfflineRegistry ReadRegistry(const RegistryOptions& options) {
  RegistryOptions once = options;
  once.reload = ReloadMode::kManual;
  Registry registry(once);
  registry.Start();
  RegistryStatus status = registry.status();
  if (!status.faults.empty()) return {nullptr, std::move(status.faults)};
  return {registry.snapshot(), std::move(status.findings)};
}

}  // namespace rolegate::cli
