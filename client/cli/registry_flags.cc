#include "client/cli/registry_flags.h"

#include <iostream>
#include <utility>

#include "client/cli/offline_registry.h"
#include "engine/registry/registry_options.h"
#include "engine/text/diagnostic.h"
#include "engine/text/printable.h"
#include "service/config/registry_section.h"

namespace rolegate::cli {
namespace {

void Complain(const Diagnostics& faults) {
  for (const Diagnostic& fault : faults) {
    std::cerr << "rolegate: " << Printable(ToString(fault)) << "\n";
  }
}

}  // namespace

void RegistryFlags::AddTo(CLI::App* command) {
  command
      ->add_option("--config", config,
                   "The server's configuration in YAML, of which `registry` "
                   "is read: fences, limits and how names are taken")
      ->check(CLI::ExistingFile);
  command->add_option("--aws-managed-dir", aws_managed_dir,
                      "As in the server's settings");
  command
      ->add_option("--external-account", external_accounts,
                   "An account of the server's `external_accounts`; repeats")
      ->allow_extra_args(false);
}

std::shared_ptr<const Snapshot> RegistryFlags::Read(
    const std::string& dir) const {
  RegistryOptions options;
  if (!config.empty()) {
    const Diagnostics faults = service::ReadRegistrySection(config, &options);
    if (!faults.empty()) {
      Complain(faults);
      return nullptr;
    }
  }
  options.dir = dir;
  if (!aws_managed_dir.empty()) options.aws_managed_dir = aws_managed_dir;
  OfflineRegistry read = ReadRegistry(options);
  if (read.snapshot == nullptr) Complain(read.diagnostics);
  return std::move(read.snapshot);
}

AccessOptions RegistryFlags::access() const {
  AccessOptions options;
  options.external_accounts.insert(external_accounts.begin(),
                                   external_accounts.end());
  return options;
}

void AddLogFlag(CLI::App* command, std::vector<std::string>* logs) {
  command
      ->add_option("--log", *logs,
                   "An audit log, packed by gzip or not, or `-` for standard "
                   "input; repeats")
      ->required()
      ->allow_extra_args(false);
}

}  // namespace rolegate::cli
