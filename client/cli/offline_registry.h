// A registry's directory, read once, without a server.

#ifndef ROLEGATE_CLIENT_CLI_OFFLINE_REGISTRY_H_
#define ROLEGATE_CLIENT_CLI_OFFLINE_REGISTRY_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/registry/registry.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate::cli {

struct OfflineRegistry {
  std::shared_ptr<const Snapshot> snapshot;  // null: `diagnostics` say why
  Diagnostics diagnostics;                   // faults, else findings
};
OfflineRegistry ReadRegistry(const RegistryOptions& options);

// Reads these files alone, each under the name that is given, as if they were a
// registry.  What only other files could define, such as a policy that a role
// attaches, is not looked for; `*unresolved` says how often that happened.
// kNotFound or another code of the file system if one of them cannot be read.
absl::StatusOr<OfflineRegistry> ReadFilesAlone(
    const std::vector<std::string>& files, const RegistryOptions& options,
    std::size_t* unresolved);

// For optional flags: `dir` empty leaves `*snapshot` null.  `aws_managed_dir`
// is as in the server's settings.  False, with the faults printed to standard
// error, if the directory does not load.
bool ReadRegistryOrComplain(const std::string& dir,
                            const std::string& aws_managed_dir,
                            std::shared_ptr<const Snapshot>* snapshot);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_OFFLINE_REGISTRY_H_
