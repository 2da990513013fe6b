#include "client/cli/offline_registry.h"

#include <iostream>
#include <utility>

#include "service/saml/metadata.h"

namespace rolegate::cli {

OfflineRegistry ReadRegistry(const RegistryOptions& options) {
  RegistryOptions once = options;
  once.reload = ReloadMode::kManual;
  once.saml_metadata_reader = service::ReadSamlMetadata;
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
