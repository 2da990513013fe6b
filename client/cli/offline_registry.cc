#include "client/cli/offline_registry.h"

#include <iostream>
#include <utility>

#include "engine/registry/fault_codes.h"
#include "engine/registry/file_references.h"
#include "engine/text/printable.h"
#include "service/saml/metadata.h"

namespace rolegate::cli {

OfflineRegistry ReadRegistry(const RegistryOptions& options) {
  RegistryOptions once = options;
  once.reload = ReloadMode::kManual;
  once.saml_metadata_reader = service::ReadSamlMetadata;
  absl::StatusOr<std::string> folder =
      FolderInRegistry(once.dir, once.aws_managed_dir);
  if (!folder.ok()) {
    return {
        nullptr,
        {{Severity::kError, Printable(once.aws_managed_dir), "", Position(),
          std::string(kMissingFile), std::string(folder.status().message())}}};
  }
  once.aws_managed_dir = *std::move(folder);
  Registry registry(once);
  registry.Start();
  RegistryStatus status = registry.status();
  if (!status.faults.empty()) return {nullptr, std::move(status.faults)};
  return {registry.snapshot(), std::move(status.findings)};
}

bool ReadRegistryOrComplain(const std::string& dir,
                            const std::string& aws_managed_dir,
                            std::shared_ptr<const Snapshot>* snapshot) {
  if (dir.empty()) return true;
  RegistryOptions options;
  options.dir = dir;
  options.aws_managed_dir = aws_managed_dir;
  OfflineRegistry read = ReadRegistry(options);
  if (read.snapshot == nullptr) {
    for (const Diagnostic& fault : read.diagnostics) {
      std::cerr << "rolegate: " << Printable(ToString(fault)) << "\n";
    }
    return false;
  }
  *snapshot = std::move(read.snapshot);
  return true;
}

}  // namespace rolegate::cli
