// The flags of commands that read a registry's directory as a server would, or
// an audit log.

#ifndef ROLEGATE_CLIENT_CLI_REGISTRY_FLAGS_H_
#define ROLEGATE_CLIENT_CLI_REGISTRY_FLAGS_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/registry/snapshot.h"
#include "engine/sts/circumstances.h"

namespace rolegate::cli {

struct RegistryFlags {
  std::string config;
  std::string aws_managed_dir;
  std::vector<std::string> external_accounts;

  // Adds --config, --aws-managed-dir and --external-account.
  void AddTo(CLI::App* command);

  // Null, with the faults printed to standard error, if the directory does not
  // load.
  std::shared_ptr<const Snapshot> Read(const std::string& dir) const;

  AccessOptions access() const;
};

// Adds --log, which is required and may repeat.
void AddLogFlag(CLI::App* command, std::vector<std::string>* logs);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_REGISTRY_FLAGS_H_
