#include "client/cli/offline_registry.h"

#include <iostream>
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

bool ReadRegistryOrComplain(const std::string& dir,
                            std::shared_ptr<const Snapshot>* snapshot) {
  if (dir.empty()) return true;
  RegistryOptions options;
  options.dir = dir;
  OfflineRegistry read = ReadRegistry(options);
  if (read.snapshot == nullptr) {
    for (const Diagnostic& fault : read.diagnostics) {
      std::cerr << "rolegate: " << ToString(fault) << "\n";
    }
    return false;
  }
  *snapshot = std::move(read.snapshot);
  return true;
}

}  // namespace rolegate::cli
