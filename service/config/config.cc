#include "service/config/config.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/file_references.h"
#include "engine/text/spelling.h"
#include "service/config/settings.h"
#include "service/federation/jwks_file.h"
#include "service/identity/trust_bundles.h"
#include "service/net/tls_files.h"
#include "service/sessions/sealing_keys.h"
#include "yaml-cpp/yaml.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kCode = "InvalidConfiguration";
constexpr absl::string_view kDefaultListen = "127.0.0.1:8470";

Position PositionOf(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

class Loader {
 public:
  explicit Loader(const ConfigSources& sources) : sources_(sources) {}

  ConfigResult Load() {
    ReadFile();
    ReadEnvironment();
    ReadFlags();
    config().dev = sources_.dev;
    CompleteListeners();
    CheckListeners();
    CheckTokenIssuers();
    CheckRest();
    Normalize(result_.faults);
    return std::move(result_);
  }

 private:
  Config& config() { return result_.config; }

  void Fault(absl::string_view file, absl::string_view path, Position position,
             std::string message) {
    result_.faults.push_back({Severity::kError, std::string(file),
                              std::string(path), position, std::string(kCode),
                              std::move(message)});
  }
  void Fault(absl::string_view path, std::string message) {
    Fault("", path, {}, std::move(message));
  }

  void ReadFile();
  void ReadMap(const YAML::Node& map, const std::string& prefix);
  void ReadEnvironment();
  void ReadFlags();
  // A value in YAML's flow form, of a variable or a flag named `from`.
  void ReadText(const Setting& setting, const std::string& text,
                const std::string& from);
  void ReadListenerList(const YAML::Node& node, const std::string& from);
  // Faults have their places if the value stands in a file.
  void ReadValue(const Setting& setting, const YAML::Node& node,
                 const std::string& from, bool in_file);

  void CompleteListeners();
  void CheckListeners();
  void CheckListener(const ListenerConfig& listener, const std::string& path);
  void CheckTls(const TlsConfig& tls, const std::string& path);
  void CheckTrust(const ListenerConfig& listener, const std::string& path);
  void CheckTokenIssuers();
  void CheckRegistry();
  void CheckRest();

  const ConfigSources& sources_;
  ConfigResult result_;
};

const Setting* FindSetting(absl::string_view name) {
  for (const Setting& setting : Settings()) {
    if (setting.info.name == name) return &setting;
  }
  return nullptr;
}

// Whether `name` is the first part of a setting's name: "registry".
bool IsGroup(const std::string& name) {
  const auto& all = Settings();
  return std::any_of(all.begin(), all.end(), [&](const Setting& setting) {
    return absl::StartsWith(setting.info.name, name + ".");
  });
}

std::string UnknownSetting(const std::string& name) {
  std::vector<absl::string_view> known = {"listeners"};
  for (const Setting& setting : Settings()) known.push_back(setting.info.name);
  const absl::string_view likely = NearestName(name, known, 3);
  return absl::StrCat("unknown setting",
                      likely.empty()
                          ? std::string()
                          : absl::StrCat(", did you mean `", likely, "`"));
}

void Loader::ReadFile() {
  if (sources_.file.empty()) return;
  std::ifstream in(sources_.file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    Fault(sources_.file, "", {}, "cannot be read");
    return;
  }
  try {
    const YAML::Node root = YAML::Load(text.str());
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      Fault(sources_.file, "", PositionOf(root.Mark()), "expected a mapping");
      return;
    }
    ReadMap(root, "");
  } catch (const YAML::Exception& error) {
    Fault(sources_.file, "", PositionOf(error.mark), error.msg);
  }
}

void Loader::ReadMap(const YAML::Node& map, const std::string& prefix) {
  std::set<std::string> seen;
  for (const auto& member : map) {
    const std::string key =
        member.first.IsScalar() ? member.first.Scalar() : "?";
    const std::string name = absl::StrCat(prefix, key);
    const Position at = PositionOf(member.first.Mark());
    if (!seen.insert(key).second) {
      Fault(sources_.file, name, at, "is set twice");
    } else if (name == "listeners") {
      ReadListenerList(member.second, sources_.file);
    } else if (const Setting* const setting = FindSetting(name)) {
      ReadValue(*setting, member.second, sources_.file, /*in_file=*/true);
    } else if (IsGroup(name)) {
      if (member.second.IsMap()) {
        ReadMap(member.second, name + ".");
      } else if (!member.second.IsNull()) {
        Fault(sources_.file, name, PositionOf(member.second.Mark()),
              "expected a mapping");
      }
    } else {
      Fault(sources_.file, name, at, UnknownSetting(name));
    }
  }
}

void Loader::ReadListenerList(const YAML::Node& node, const std::string& from) {
  std::vector<ListenerFault> faults;
  config().listeners = ReadListeners(node, &faults);
  for (ListenerFault& fault : faults) {
    Fault(from, fault.path, PositionOf(fault.mark), std::move(fault.message));
  }
}

void Loader::ReadValue(const Setting& setting, const YAML::Node& node,
                       const std::string& from, bool in_file) {
  const auto position = [&](const YAML::Mark& mark) {
    return in_file ? PositionOf(mark) : Position();
  };
  if (setting.read_list) {
    std::vector<SettingFault> faults;
    setting.read_list(node, &config(), &faults);
    for (SettingFault& fault : faults) {
      Fault(from, fault.path, position(fault.mark), std::move(fault.message));
    }
    return;
  }
  const std::string wrong = setting.read(node, &config());
  if (!wrong.empty()) {
    Fault(from, setting.info.name, position(node.Mark()), wrong);
  }
}

void Loader::ReadText(const Setting& setting, const std::string& text,
                      const std::string& from) {
  try {
    // A scalar is taken as it is, so that a path or text needs no quotes.
    const bool flow =
        absl::StartsWith(text, "[") || absl::StartsWith(text, "{");
    ReadValue(setting, flow ? YAML::Load(text) : YAML::Node(text), from,
              /*in_file=*/false);
  } catch (const YAML::Exception& error) {
    Fault(from, setting.info.name, {}, error.msg);
  }
}

void Loader::ReadEnvironment() {
  std::set<std::string> known = {"ROLEGATE_LISTENERS",
                                 // Those of the command line.
                                 "ROLEGATE_SERVER", "ROLEGATE_SESSION_TOKEN"};
  if (const auto it = sources_.environment.find("ROLEGATE_LISTENERS");
      it != sources_.environment.end()) {
    try {
      ReadListenerList(YAML::Load(it->second), it->first);
    } catch (const YAML::Exception& error) {
      Fault(it->first, "listeners", {}, error.msg);
    }
  }
  for (const Setting& setting : Settings()) {
    known.insert(setting.info.environment);
    const auto it = sources_.environment.find(setting.info.environment);
    if (it != sources_.environment.end()) {
      ReadText(setting, it->second, it->first);
    }
  }
  for (const auto& [name, value] : sources_.environment) {
    if (absl::StartsWith(name, "ROLEGATE_") && known.count(name) == 0) {
      result_.notes.push_back(absl::StrCat(
          "environment variable `", name, "` is no setting and has no effect"));
    }
  }
}

void Loader::ReadFlags() {
  std::vector<ListenerConfig> listeners;
  for (const auto& [flag, value] : sources_.flags) {
    if (flag == "--listen") {
      std::vector<ListenerFault> faults;
      YAML::Node item;
      item["address"] = value;
      YAML::Node list;
      list.push_back(item);
      for (ListenerConfig& one : ReadListeners(list, &faults)) {
        listeners.push_back(std::move(one));
      }
      for (ListenerFault& fault : faults) {
        Fault(flag, "", {}, std::move(fault.message));
      }
      continue;
    }
    for (const Setting& setting : Settings()) {
      if (setting.info.flag == flag) ReadText(setting, value, flag);
    }
  }
  if (listeners.empty()) return;
  // A listener of the file keeps what it says beside its address.
  for (ListenerConfig& listener : listeners) {
    for (const ListenerConfig& known : config().listeners) {
      if (known.address == listener.address) listener = known;
    }
  }
  config().listeners = std::move(listeners);
}

void Loader::CompleteListeners() {
  if (config().listeners.empty()) {
    ListenerConfig listener;
    listener.address = *ListenAddress::Parse(kDefaultListen);
    listener.authenticators = {Authenticator::kSessionToken};
    config().listeners.push_back(std::move(listener));
  }
  if (!config().dev) return;
  for (ListenerConfig& listener : config().listeners) {
    if (listener.address.is_loopback()) {
      listener.authenticators.push_back(Authenticator::kDev);
    }
  }
}

void Loader::CheckListeners() {
  std::set<std::string> addresses;
  for (std::size_t i = 0; i < config().listeners.size(); ++i) {
    const ListenerConfig& listener = config().listeners[i];
    if (listener.address.text.empty()) continue;  // said already
    const std::string path = absl::StrCat("listeners[", i, "]");
    const bool picked =
        !listener.address.is_unix() && listener.address.port == 0;
    if (!picked && !addresses.insert(listener.address.text).second) {
      Fault(path, absl::StrCat("`", listener.address.text, "` is there twice"));
    }
    CheckListener(listener, path);
  }
}

void Loader::CheckListener(const ListenerConfig& listener,
                           const std::string& path) {
  const ListenAddress& address = listener.address;
  const bool local = address.is_unix() || address.is_loopback();
  if (!local && !listener.tls.has_value()) {
    Fault(path, absl::StrCat("`", address.text,
                             "` is reachable from other machines and has no "
                             "TLS: set `tls`, or listen on loopback or a Unix "
                             "socket"));
  }
  if (!local && config().dev) {
    Fault(path, absl::StrCat("--dev lets callers name themselves and goes with "
                             "loopback and Unix sockets only, not with `",
                             address.text, "`"));
  }
  if (address.is_unix() && listener.tls.has_value()) {
    Fault(path, "a Unix socket has no TLS");
  }
  const bool named = !listener.principal.empty();
  const bool patterns = !listener.principals.empty();
  if (listener.Accepts(Authenticator::kUnix)) {
    if (!address.is_unix()) {
      Fault(path,
            "authenticator `unix` needs a Unix socket: over TCP nobody "
            "knows who is at the other end");
    }
    if (named == patterns) {
      Fault(path,
            "authenticator `unix` needs `principal` or `principals`, and "
            "not both");
    }
  } else if (named || patterns) {
    Fault(path,
          "`principal` and `principals` have no effect without "
          "authenticator `unix`");
  }
  const bool client_ca =
      listener.tls.has_value() && listener.tls->asks_for_certificates();
  if (listener.Accepts(Authenticator::kMtls)) {
    if (!client_ca) {
      Fault(path, "authenticator `mtls` needs `tls.client_ca`");
    }
    if (listener.mappings.empty()) {
      Fault(path, "authenticator `mtls` needs `mappings` of certificates");
    }
  } else if (!listener.mappings.empty()) {
    Fault(path,
          "`mappings` of certificates have no effect without authenticator "
          "`mtls`");
  }
  if (listener.Accepts(Authenticator::kOidc)) {
    if (listener.token_mappings.empty()) {
      Fault(path, "authenticator `oidc` needs `mappings` with an `issuer`");
    }
  } else if (!listener.token_mappings.empty()) {
    Fault(path,
          "`mappings` with an `issuer` have no effect without authenticator "
          "`oidc`");
  }
  if (!listener.tls.has_value()) return;
  CheckTls(*listener.tls, path);
  CheckTrust(listener, absl::StrCat(path, ".tls.client_ca"));
}

// That no more than one bundle vouches for a name that the mappings know, and
// that one does.
void Loader::CheckTrust(const ListenerConfig& listener,
                        const std::string& path) {
  const TlsConfig& tls = *listener.tls;
  const std::vector<std::string> domains = TrustDomainsOf(listener.mappings);
  if (!tls.client_ca.empty() && domains.size() > 1) {
    std::string bundles;
    for (const std::string& domain : domains) {
      absl::StrAppend(&bundles, bundles.empty() ? "" : ", ", domain, ": PATH");
    }
    Fault(path, absl::StrCat("one file would vouch for all of the trust "
                             "domains that `mappings` name: write a bundle "
                             "for each, `{",
                             bundles, "}`"));
  }
  if (tls.client_bundles.empty()) return;
  std::set<std::string> needed(domains.begin(), domains.end());
  if (std::any_of(listener.mappings.begin(), listener.mappings.end(),
                  [](const CertificateMapping& mapping) {
                    return mapping.trust_domain().empty();
                  })) {
    needed.emplace(kDnsBundle);
  }
  for (const std::string& key : needed) {
    if (tls.client_bundles.count(key) > 0) continue;
    result_.notes.push_back(absl::StrCat(
        path, ": `mappings` name ",
        key == kDnsBundle ? std::string("DNS names or subjects")
                          : absl::StrCat("the trust domain `", key, "`"),
        ", for which no bundle vouches, so that they match nobody: add `", key,
        ": PATH`"));
  }
}

void Loader::CheckTls(const TlsConfig& tls, const std::string& path) {
  std::vector<TlsFault> faults;
  ReadTlsMaterial(tls, &faults);
  for (const TlsFault& fault : faults) {
    Fault(absl::StrCat(path, ".tls", fault.member.empty() ? "" : ".",
                       fault.member),
          fault.message);
  }
}

// That the keys of every issuer of callers can be had, and from one place.
void Loader::CheckTokenIssuers() {
  std::map<std::string, std::string> files;  // by issuer
  for (std::size_t i = 0; i < config().listeners.size(); ++i) {
    const std::string path = absl::StrCat("listeners[", i, "].mappings");
    for (const OidcMapping& mapping : config().listeners[i].token_mappings) {
      const OidcRule& rule = mapping.rule();
      const auto [known, is_new] = files.emplace(rule.issuer, rule.jwks_file);
      if (!is_new) {
        if (known->second != rule.jwks_file) {
          Fault(path, absl::StrCat("the mappings of `", rule.issuer,
                                   "` differ in `jwks_file`"));
        }
        continue;
      }
      if (rule.issuer == config().session.issuer) {
        Fault(path, absl::StrCat("`", rule.issuer,
                                 "` is `session.issuer`: sessions are known "
                                 "without a mapping"));
      }
      const absl::Status status = rule.jwks_file.empty()
                                      ? CheckUrl(FetchOf(config()), rule.issuer)
                                      : ReadJwksFile(rule.jwks_file).status();
      if (!status.ok()) {
        Fault(path, absl::StrCat("the keys of `", rule.issuer,
                                 "` cannot be had: ", status.message()));
      }
    }
  }
}

void Loader::CheckRegistry() {
  RegistryOptions& registry = config().registry;
  if (registry.dir.empty()) Fault("registry.dir", "is missing");
  absl::StatusOr<std::string> folder =
      FolderInRegistry(registry.dir, registry.aws_managed_dir);
  if (folder.ok()) {
    registry.aws_managed_dir = *std::move(folder);
  } else {
    Fault("registry.aws_managed_dir", std::string(folder.status().message()));
  }
  if (registry.last_good_dir.empty()) return;
  const std::string& keys_dir = config().session.keys_dir;
  const auto keys = keys_dir.empty() ? absl::StatusOr<bool>(false)
                                     : SealingKeys::AreIn(keys_dir);
  // What else is wrong with the keys is said when they are loaded.
  if (keys.ok() && !*keys) {
    Fault("registry.last_good_dir",
          "needs `session.keys_dir` with a sealing key, which authenticates "
          "what is kept; `rolegated keys new --sealing` makes one");
  }
}

void Loader::CheckRest() {
  if (config().registry.fence_faults == FenceFaults::kHoldFolder &&
      config().registry.fences.empty()) {
    Fault("registry.fence_faults",
          "`hold_folder` has no effect without `registry.fences`");
  }
  if (config().health_listen.has_value() && config().health_listen->is_unix()) {
    Fault("health_listen", "expected `HOST:PORT`");
  }
  for (const std::string& gateway : config().limits.trusted_gateways) {
    if (!absl::StartsWith(gateway, "unix:")) continue;
    const auto& listeners = config().listeners;
    if (std::none_of(listeners.begin(), listeners.end(),
                     [&](const ListenerConfig& listener) {
                       return listener.address.text == gateway;
                     })) {
      Fault("limits.trusted_gateways",
            absl::StrCat("no listener is at `", gateway, "`"));
    }
  }
  CheckRegistry();
  struct stat st {};
  if (!config().state_dir.empty() &&
      (stat(config().state_dir.c_str(), &st) != 0 || !S_ISDIR(st.st_mode))) {
    // Making it would forget what an unmounted volume remembers.
    Fault("state_dir",
          absl::StrCat("`", config().state_dir, "` is no directory"));
  }
  if (config().state_dir.empty() && !config().mfa.seed_dir.empty()) {
    result_.notes.push_back(
        "`mfa.seed_dir` has no effect without `state_dir`, where used codes "
        "are remembered: MFA is refused");
  }
  FederationConfig& federation = config().federation;
  if (!federation.ca.empty() && !HoldsCertificate(federation.ca)) {
    Fault("federation.ca",
          absl::StrCat("`", federation.ca, "` holds no certificate in PEM"));
  }
  if (federation.saml_audience.empty() && !federation.saml_recipient.empty()) {
    Fault("federation.saml_recipient",
          "has no effect without `federation.saml_audience`");
  }
  if (federation.saml_recipient.empty()) {
    federation.saml_recipient = federation.saml_audience;
  }
  // A check alone would be answered otherwise than one in a batch.
  const ServiceLimits& limits = config().limits;
  if (limits.max_call_steps < limits.max_check_steps) {
    Fault("limits.max_call_steps",
          absl::StrCat("is less than `limits.max_check_steps`, ",
                       limits.max_check_steps));
  }
  const SessionConfig& session = config().session;
  if (session.keys_dir.empty()) {
    if (!session.issuer.empty() || !session.audience.empty()) {
      Fault("session",
            "`issuer` and `audience` have no effect without "
            "`keys_dir`: the key made for the server's life has its "
            "own");
    }
  } else {
    if (session.issuer.empty()) {
      Fault("session.issuer", "is missing, as `session.keys_dir` is set");
    }
    if (session.audience.empty()) {
      Fault("session.audience", "is missing, as `session.keys_dir` is set");
    }
  }
}

std::string TableRow(const SettingInfo& info) {
  std::string set_by;
  if (!info.environment.empty()) {
    set_by = absl::StrCat("`", info.environment, "`");
  }
  if (!info.flag.empty()) {
    absl::StrAppend(&set_by, set_by.empty() ? "" : ", ", "`", info.flag, "`");
  }
  return absl::StrCat("| `", info.name, "` | ", info.type, " | ",
                      info.fallback.empty()
                          ? std::string()
                          : absl::StrCat("`", info.fallback, "`"),
                      " | ", set_by, " | ", info.doc, " |\n");
}

}  // namespace

ConfigResult LoadConfig(const ConfigSources& sources) {
  return Loader(sources).Load();
}

FetchOptions FetchOf(const Config& config) {
  return {config.federation.oidc_hosts, config.federation.ca, config.dev};
}

std::vector<SettingInfo> ListSettings() {
  std::vector<SettingInfo> infos(ListenerSettings().begin(),
                                 ListenerSettings().end());
  for (const Setting& setting : Settings()) infos.push_back(setting.info);
  return infos;
}

std::string SettingsAsMarkdown() {
  std::string table =
      "| setting | value | default | also set by | meaning |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const SettingInfo& info : ListSettings()) table += TableRow(info);
  return table;
}

}  // namespace rolegate::service
