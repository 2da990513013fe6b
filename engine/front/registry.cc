#include "rolegate/registry.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/file_references.h"
#include "engine/registry/registry.h"
#include "engine/registry/snapshot.h"
#include "engine/registry/snapshot_builder.h"

namespace rolegate::engine {

Snapshot::Snapshot() : snapshot_(EmptySnapshot()) {}

Snapshot::Snapshot(std::shared_ptr<const rolegate::Snapshot> snapshot)
    : snapshot_(std::move(snapshot)) {}

std::string Snapshot::revision() const { return snapshot_->revision(); }

std::vector<std::string> Snapshot::role_arns() const {
  std::vector<std::string> arns;
  for (const Role* role : snapshot_->roles()) arns.emplace_back(role->arn());
  return arns;
}

Diagnostics Snapshot::findings() const { return snapshot_->findings(); }

Registry::Registry(std::unique_ptr<rolegate::Registry> registry)
    : registry_(std::move(registry)) {}
Registry::Registry(Registry&& other) noexcept = default;
Registry& Registry::operator=(Registry&& other) noexcept = default;
Registry::~Registry() = default;

absl::StatusOr<Registry> Registry::Open(const RegistryOptions& options,
                                        Diagnostics* faults) {
  rolegate::RegistryOptions settings;
  settings.dir = options.dir;
  settings.reload = options.watch ? ReloadMode::kAuto : ReloadMode::kManual;
  if (!options.aws_managed_dir.empty()) {
    absl::StatusOr<std::string> folder =
        FolderInRegistry(options.dir, options.aws_managed_dir);
    if (!folder.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("`aws_managed_dir`: ", folder.status().message()));
    }
    settings.aws_managed_dir = *std::move(folder);
  }
  auto registry = std::make_unique<rolegate::Registry>(std::move(settings));
  registry->Start();
  RegistryStatus status = registry->status();
  if (!status.faults.empty() || !status.loaded) {
    const absl::Status refusal = absl::FailedPreconditionError(
        status.faults.empty() ? "the registry did not load"
                              : ToString(status.faults.front()));
    if (faults != nullptr) *faults = std::move(status.faults);
    return refusal;
  }
  return Registry(std::move(registry));
}

Snapshot Registry::snapshot() const { return Snapshot(registry_->snapshot()); }

Diagnostics Registry::faults() const { return registry_->status().faults; }

Diagnostics Registry::Reload() { return registry_->Reload().faults; }

}  // namespace rolegate::engine
