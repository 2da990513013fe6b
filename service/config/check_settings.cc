#include "service/config/check_settings.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/tracing_settings.h"

namespace rolegate::service {
namespace {

class Checker {
 public:
  Checker(Config* config, bool is_complete, Diagnostics* faults,
          std::vector<std::string>* notes)
      : config_(*config),
        is_complete_(is_complete),
        faults_(*faults),
        notes_(*notes) {}

  void CheckListeners();
  void CheckTokenIssuers();
  void CheckAudit();
  void CheckRest();

 private:
  void Fault(absl::string_view path, std::string message) {
    faults_.push_back(FaultOfSetting(path, std::move(message)));
  }

  void CheckListener(const ListenerConfig& listener, const std::string& path);
  void CheckOperations();
  void CheckTrust(const ListenerConfig& listener, const std::string& path);

  Config& config_;
  const bool is_complete_;
  Diagnostics& faults_;
  std::vector<std::string>& notes_;
};

void Checker::CheckListeners() {
  std::set<std::string> addresses;
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const ListenerConfig& listener = config_.listeners[i];
    if (listener.address.text.empty()) continue;  // said already
    const std::string path = absl::StrCat("listeners[", i, "]");
    const bool picked =
        !listener.address.is_unix() && listener.address.port == 0;
    if (!picked && !addresses.insert(listener.address.text).second) {
      Fault(path, absl::StrCat("`", listener.address.text, "` is given twice"));
    }
    CheckListener(listener, path);
  }
  CheckOperations();
}

void Checker::CheckOperations() {
  const ListenerConfig& operations = config_.operations;
  const SocketFile by_default;
  const bool sets_file = operations.socket.mode != by_default.mode ||
                         operations.socket.group != by_default.group;
  if (!config_.operations_listen.has_value()) {
    if (config_.operations_console || sets_file || operations.tls.has_value() ||
        !operations.authenticators.empty() || !operations.principal.empty() ||
        !operations.mappings.empty() || !operations.token_mappings.empty()) {
      Fault("operations", "has no effect without `operations_listen`");
    }
    return;
  }
  if (sets_file && !operations.address.is_unix()) {
    Fault(
        "operations",
        "`mode` and `group` are for a Unix socket: over TCP there is no file");
  }
  if (operations.tls.has_value() &&
      (operations.tls->cert.empty() || operations.tls->key.empty())) {
    Fault("operations.tls", "needs `cert` and `key`");
  }
  CheckListener(operations, "operations");
  if (operations.Accepts(Authenticator::kSessionToken)) {
    Fault("operations.authenticators",
          "no session reads what operators read: expected `unix`, `mtls` or "
          "`oidc`");
  }
  if (!operations.demands_proof()) {
    if (operations.address.is_local()) {
      if (config_.operations_console &&
          !operations.Accepts(Authenticator::kDev)) {
        notes_.push_back(
            "`operations` does not say who its callers are, so that nobody "
            "may use the console: set `operations.principal` on a Unix "
            "socket, or `operations.tls` and `operations.mappings`");
      }
      return;
    }
    Fault("operations",
          absl::StrCat("`", operations.address.text,
                       "` is reachable from other machines, and nothing says "
                       "who calls: write `mappings` of certificates or "
                       "tokens, or listen on loopback or a Unix socket"));
  } else if (config_.admin_policy.empty()) {
    notes_.push_back(
        "`operations` knows its callers, and without `admin_policy` none of "
        "them may read `/metrics` or `/status`, or use the console");
  }
}

void Checker::CheckListener(const ListenerConfig& listener,
                            const std::string& path) {
  const ListenAddress& address = listener.address;
  const bool local = address.is_local();
  if (!local && !listener.tls.has_value()) {
    Fault(path, absl::StrCat("`", address.text,
                             "` is reachable from other machines and has no "
                             "TLS: set `tls`, or listen on loopback or a Unix "
                             "socket"));
  }
  if (!local && config_.dev) {
    Fault(path, absl::StrCat("`", address.text,
                             "` is reachable from other machines, and `--dev` "
                             "lets callers name themselves: listen on loopback "
                             "or a Unix socket, or leave `--dev` out"));
  }
  if (address.is_unix() && listener.tls.has_value()) {
    Fault(path, "a Unix socket has no TLS: remove `tls`");
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
            "authenticator `unix` needs exactly one of `principal` and "
            "`principals`");
    }
    if ((listener.socket.mode & 0006) != 0) {
      notes_.push_back(absl::StrCat(
          path, ".mode: every user of this machine may open `", address.text,
          "` and ", named ? "is its `principal`" : "be any of its `principals`",
          ": name a `group` to narrow that"));
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
  if (listener.tls.has_value()) {
    CheckTrust(listener, absl::StrCat(path, ".tls.client_ca"));
  }
}

// Checks that one bundle, and not more, vouches for each name that the mappings
// know.
void Checker::CheckTrust(const ListenerConfig& listener,
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
    notes_.push_back(absl::StrCat(
        path, ": `mappings` name ",
        key == kDnsBundle ? std::string("DNS names or subjects")
                          : absl::StrCat("the trust domain `", key, "`"),
        ", for which no bundle vouches, so that they match nobody: add `", key,
        ": PATH`"));
  }
}

// Checks that the keys of each issuer of callers come from one place.
void Checker::CheckTokenIssuers() {
  std::map<std::string, std::string> files;  // by issuer
  for (const NamedListener& listener : AllListeners(config_)) {
    const std::string path = absl::StrCat(listener.path, ".mappings");
    for (const OidcMapping& mapping : listener.config->token_mappings) {
      const OidcRule& rule = mapping.rule();
      const auto [known, is_new] = files.emplace(rule.issuer, rule.jwks_file);
      if (!is_new) {
        if (known->second != rule.jwks_file) {
          Fault(path,
                absl::StrCat("the mappings of `", rule.issuer,
                             "` differ in `jwks_file`: name the same file in "
                             "all of them"));
        }
        continue;
      }
      if (rule.issuer == config_.session.issuer) {
        Fault(path, absl::StrCat("`", rule.issuer,
                                 "` is `session.issuer`, whose tokens need no "
                                 "mapping: remove it"));
      }
    }
  }
}

void Checker::CheckAudit() {
  const AuditOptions& audit = config_.audit;
  const bool rotates =
      audit.max_file_bytes > 0 || audit.max_file_age > absl::ZeroDuration();
  if (rotates && audit.path == "stdout") {
    Fault("audit",
          "`max_file_bytes` and `max_file_age` have no effect on standard "
          "output: leave them out, or set `path` to a file");
  }
  if (audit.decisions == AuditDecisions::kDenied && audit.sample_allows < 1) {
    Fault("audit.sample_allows",
          "has no effect with `decisions: denied`: leave one of the two out");
  }
  if (!audit.path.empty() || !is_complete_) return;
  if (rotates || !audit.masks.empty() || audit.sample_allows < 1 ||
      audit.format != AuditFormat::kRolegate || audit.fail_closed ||
      audit.decisions != AuditDecisions::kAll) {
    Fault("audit",
          "has no effect without `path`: set it to a file or to `stdout`");
  }
}

void Checker::CheckRest() {
  if (config_.registry.fence_faults == FenceFaults::kHoldFolder &&
      config_.registry.fences.empty()) {
    Fault("registry.fence_faults",
          "`hold_folder` has no effect without `registry.fences`");
  }
  if (config_.health_listen.has_value() && config_.health_listen->is_unix()) {
    Fault("health_listen", "expected `HOST:PORT`");
  }
  for (const std::string& gateway : config_.limits.trusted_gateways) {
    if (!absl::StartsWith(gateway, "unix:")) continue;
    const auto& listeners = config_.listeners;
    if (std::none_of(listeners.begin(), listeners.end(),
                     [&](const ListenerConfig& listener) {
                       return listener.address.text == gateway;
                     })) {
      Fault("limits.trusted_gateways",
            absl::StrCat("no listener has the address `", gateway, "`"));
    }
  }
  if (config_.registry.dir.empty() && is_complete_) {
    Fault("registry.dir",
          "is missing: name the directory of the registry here or by "
          "`--registry`");
  }
  const bool endpoint_is_faulty =
      std::any_of(faults_.begin(), faults_.end(), [](const Diagnostic& fault) {
        return fault.path == "tracing.otlp_endpoint";
      });
  CheckTracing(config_.tracing, is_complete_ && !endpoint_is_faulty,
               [this](absl::string_view path, std::string message) {
                 Fault(path, std::move(message));
               });
  if (config_.state_dir.empty() && !config_.mfa.seed_dir.empty()) {
    notes_.push_back(
        "`mfa.seed_dir` has no effect without `state_dir`, where the server "
        "remembers used codes: it refuses MFA until you set both");
  }
  FederationConfig& federation = config_.federation;
  if (federation.saml_audience.empty() && !federation.saml_recipient.empty()) {
    Fault("federation.saml_recipient",
          "has no effect without `federation.saml_audience`");
  }
  if (federation.saml_recipient.empty()) {
    federation.saml_recipient = federation.saml_audience;
  }
  // A check alone would be answered otherwise than one in a batch.
  const ServiceLimits& limits = config_.limits;
  if (limits.max_call_steps < limits.max_check_steps) {
    Fault("limits.max_call_steps",
          absl::StrCat("is less than `limits.max_check_steps`: expected at "
                       "least ",
                       limits.max_check_steps));
  }
  const SessionConfig& session = config_.session;
  if (session.keys_dir.empty()) {
    if (!session.issuer.empty() || !session.audience.empty()) {
      Fault("session",
            "`issuer` and `audience` have no effect without `keys_dir`: "
            "without it the server makes a key, an issuer and an audience of "
            "its own");
    }
  } else {
    if (session.issuer.empty()) {
      Fault("session.issuer", "is missing: `session.keys_dir` needs it");
    }
    if (session.audience.empty()) {
      Fault("session.audience", "is missing: `session.keys_dir` needs it");
    }
  }
}

}  // namespace

void CheckSettings(Config* config, bool is_complete, Diagnostics* faults,
                   std::vector<std::string>* notes) {
  Checker checker(config, is_complete, faults, notes);
  checker.CheckListeners();
  checker.CheckTokenIssuers();
  checker.CheckAudit();
  checker.CheckRest();
}

Diagnostic FaultOfSetting(absl::string_view path, std::string message) {
  return {Severity::kError,  "", std::string(path), {}, "InvalidConfiguration",
          std::move(message)};
}

}  // namespace rolegate::service
