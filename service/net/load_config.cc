#include "service/net/load_config.h"

#include <sys/stat.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/file_references.h"
#include "service/config/check_settings.h"
#include "service/federation/jwks_file.h"
#include "service/net/listen_socket.h"
#include "service/net/tls_files.h"
#include "service/sessions/sealing_keys.h"

namespace rolegate::service {
namespace {

void CheckTls(const TlsConfig& tls, const std::string& path,
              Diagnostics* faults) {
  std::vector<TlsFault> found;
  ReadTlsMaterial(tls, &found);
  for (TlsFault& fault : found) {
    faults->push_back(FaultOfSetting(
        absl::StrCat(path, ".tls", fault.member.empty() ? "" : ".",
                     fault.member),
        std::move(fault.message)));
  }
}

// Checks that the server can get the keys of each issuer of callers.
void CheckTokenIssuers(const Config& config, Diagnostics* faults) {
  std::set<std::string> issuers;
  for (const NamedListener& listener : AllListeners(config)) {
    for (const OidcMapping& mapping : listener.config->token_mappings) {
      const OidcRule& rule = mapping.rule();
      if (!issuers.insert(rule.issuer).second) continue;
      const absl::Status status = rule.jwks_file.empty()
                                      ? CheckUrl(FetchOf(config), rule.issuer)
                                      : ReadJwksFile(rule.jwks_file).status();
      if (status.ok()) continue;
      faults->push_back(
          FaultOfSetting(absl::StrCat(listener.path, ".mappings"),
                         absl::StrCat("cannot get the keys of `", rule.issuer,
                                      "`: ", status.message())));
    }
  }
}

void CheckRegistry(Config* config, Diagnostics* faults) {
  RegistryOptions& registry = config->registry;
  absl::StatusOr<std::string> folder =
      FolderInRegistry(registry.dir, registry.aws_managed_dir);
  if (folder.ok()) {
    registry.aws_managed_dir = *std::move(folder);
  } else {
    faults->push_back(FaultOfSetting("registry.aws_managed_dir",
                                     std::string(folder.status().message())));
  }
  if (registry.last_good_dir.empty()) return;
  const std::string& keys_dir = config->session.keys_dir;
  const auto keys = keys_dir.empty() ? absl::StatusOr<bool>(false)
                                     : SealingKeys::AreIn(keys_dir);
  // The keys' other faults are reported when they are loaded.
  if (keys.ok() && !*keys) {
    faults->push_back(FaultOfSetting(
        "registry.last_good_dir",
        "needs `session.keys_dir` with a sealing key, which authenticates "
        "what the server keeps there; `rolegated keys new --sealing` makes "
        "one"));
  }
}

void CheckPaths(const Config& config, Diagnostics* faults) {
  struct stat st {};
  if (!config.state_dir.empty() &&
      (stat(config.state_dir.c_str(), &st) != 0 || !S_ISDIR(st.st_mode))) {
    // Making it would forget what an unmounted volume remembers.
    faults->push_back(FaultOfSetting(
        "state_dir", absl::StrCat("`", config.state_dir,
                                  "` is no directory: make it, or mount it")));
  }
  const std::string& ca = config.federation.ca;
  if (ca.empty()) return;
  if (const absl::Status status = CheckCertificateFile(ca); !status.ok()) {
    faults->push_back(
        FaultOfSetting("federation.ca", std::string(status.message())));
  }
}

void CheckGroups(const Config& config, Diagnostics* faults) {
  for (const auto& [path, listener] : AllListeners(config)) {
    const absl::StatusOr<gid_t> group = GroupOf(listener->socket);
    if (group.ok()) continue;
    faults->push_back(FaultOfSetting(absl::StrCat(path, ".group"),
                                     std::string(group.status().message())));
  }
}

}  // namespace

ConfigResult LoadConfig(const ConfigSources& sources) {
  ConfigResult result = ReadConfig(sources);
  const Config& config = result.config;
  for (const auto& [path, listener] : AllListeners(config)) {
    // An address that could not be read is a fault already, and what stands
    // beside it may be meant for another listener.
    if (listener->address.text.empty() || !listener->tls.has_value()) continue;
    CheckTls(*listener->tls, path, &result.faults);
  }
  CheckTokenIssuers(config, &result.faults);
  CheckRegistry(&result.config, &result.faults);
  CheckPaths(config, &result.faults);
  CheckGroups(config, &result.faults);
  Normalize(result.faults);
  return result;
}

}  // namespace rolegate::service
