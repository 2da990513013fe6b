#include "service/config/listener_settings.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/config/spiffe_pattern.h"

namespace rolegate::service {
namespace {

struct NamedAuthenticator {
  const char* name;
  Authenticator authenticator;
};
constexpr std::array<NamedAuthenticator, 5> kAuthenticators = {{
    {"session-token", Authenticator::kSessionToken},
    {"unix", Authenticator::kUnix},
    {"mtls", Authenticator::kMtls},
    {"oidc", Authenticator::kOidc},
    {"dev", Authenticator::kDev},
}};

class ListenerReader {
 public:
  ListenerReader(std::string path, std::vector<SettingFault>* faults)
      : path_(std::move(path)), faults_(faults) {}

  ListenerConfig Read(const YAML::Node& node) {
    ListenerConfig listener;
    if (!node.IsMap()) {
      Fault(node, "", "expected a mapping with `address`");
      return listener;
    }
    CheckMembers(node, "",
                 {"address", "mode", "group", "tls", "authenticators",
                  "principal", "principals", "mappings"});
    ReadAddress(node, &listener);
    ReadSocketFile(node, &listener);
    if (node["tls"]) listener.tls = ReadTls(node["tls"]);
    if (node["authenticators"]) {
      ReadAuthenticators(node["authenticators"], &listener);
    }
    if (node["principal"]) ReadPrincipal(node["principal"], &listener);
    if (node["principals"]) ReadPrincipals(node["principals"], &listener);
    if (node["mappings"]) ReadMappings(node["mappings"], &listener);
    if (listener.authenticators.empty()) {
      listener.authenticators = {Authenticator::kSessionToken};
      AddAuthenticators(&listener);
    }
    return listener;
  }

  void ReadMember(absl::string_view member, const YAML::Node& node,
                  ListenerConfig* listener) {
    if (member == "tls.client_ca") {
      if (!listener->tls.has_value()) listener->tls.emplace();
      ReadClientCa(node, &*listener->tls);
    } else if (member == "authenticators") {
      ReadAuthenticators(node, listener);
    } else if (member == "principal") {
      ReadPrincipal(node, listener);
    } else if (member == "mode") {
      ReadMode(node, listener);
    } else if (member == "group") {
      if (!node.IsScalar()) return Fault(node, member, "expected a text");
      listener->socket.group = node.Scalar();
    } else {
      ReadMappings(node, listener);
    }
  }

 private:
  void Fault(const YAML::Node& node, absl::string_view member,
             std::string message) {
    faults_->push_back(
        {node.Mark(), member.empty() ? path_ : absl::StrCat(path_, ".", member),
         std::move(message)});
  }

  void CheckMembers(const YAML::Node& map, absl::string_view under,
                    const std::set<std::string>& known) {
    for (const auto& member : map) {
      const std::string name =
          member.first.IsScalar() ? member.first.Scalar() : "";
      if (known.count(name) == 0) {
        Fault(member.first, under,
              absl::StrCat("unknown setting `", name, "`"));
      }
    }
  }

  std::string TextOf(const YAML::Node& map, const char* member,
                     absl::string_view under, bool required) {
    const YAML::Node node = map[member];
    const std::string at =
        under.empty() ? member : absl::StrCat(under, ".", member);
    if (!node) {
      if (required) Fault(map, at, "is missing");
      return "";
    }
    if (!node.IsScalar() || node.Scalar().empty()) {
      Fault(node, at, "expected a text");
      return "";
    }
    return node.Scalar();
  }

  void ReadAddress(const YAML::Node& node, ListenerConfig* listener) {
    const std::string text = TextOf(node, "address", "", true);
    if (text.empty()) return;
    absl::StatusOr<ListenAddress> address = ListenAddress::Parse(text);
    if (!address.ok()) {
      Fault(node["address"], "address",
            std::string(address.status().message()));
      return;
    }
    listener->address = *std::move(address);
  }

  void ReadSocketFile(const YAML::Node& node, ListenerConfig* listener) {
    const bool over_tcp =
        !listener->address.text.empty() && !listener->address.is_unix();
    for (const char* member : {"mode", "group"}) {
      if (node[member] && over_tcp) {
        Fault(node[member], member,
              "is for a Unix socket: over TCP there is no file");
      }
    }
    listener->socket.group = TextOf(node, "group", "", false);
    if (node["mode"]) ReadMode(node["mode"], listener);
  }

  void ReadMode(const YAML::Node& node, ListenerConfig* listener) {
    const std::string mode = node.IsScalar() ? node.Scalar() : "";
    unsigned value = 0;
    for (const char c : mode)
      value = value * 8 + static_cast<unsigned>(c - '0');
    const bool octal = !mode.empty() && mode.size() <= 4 &&
                       mode.find_first_not_of("01234567") == std::string::npos;
    if (!octal || value > 0777 || (value & 0600) != 0600) {
      Fault(node, "mode",
            "expected an octal mode from `0600` to `0777`, in which the owner "
            "may read and write");
      return;
    }
    listener->socket.mode = value;
  }

  TlsConfig ReadTls(const YAML::Node& node) {
    TlsConfig tls;
    if (!node.IsMap()) {
      Fault(node, "tls", "expected a mapping with `cert` and `key`");
      return tls;
    }
    CheckMembers(node, "tls", {"cert", "key", "client_ca"});
    tls.cert = TextOf(node, "cert", "tls", true);
    tls.key = TextOf(node, "key", "tls", true);
    if (node["client_ca"]) ReadClientCa(node["client_ca"], &tls);
    return tls;
  }

  void ReadClientCa(const YAML::Node& node, TlsConfig* tls) {
    if (node.IsMap()) {
      ReadClientBundles(node, tls);
    } else if (node.IsScalar() && !node.Scalar().empty()) {
      tls->client_ca = node.Scalar();
    } else {
      Fault(node, "tls.client_ca", "expected a text");
    }
  }

  void ReadClientBundles(const YAML::Node& node, TlsConfig* tls) {
    constexpr absl::string_view kUnder = "tls.client_ca";
    if (node.size() == 0) {
      Fault(node, kUnder, "expected a path, or `{TRUST-DOMAIN: PATH}`");
    }
    for (const auto& bundle : node) {
      const std::string key =
          bundle.first.IsScalar() ? bundle.first.Scalar() : "";
      if (!IsTrustDomain(key)) {
        Fault(bundle.first, kUnder,
              absl::StrCat("`", key,
                           "` is no trust domain: expected one as "
                           "`example.org`, or `dns` for DNS names and "
                           "subjects"));
      } else if (!bundle.second.IsScalar() || bundle.second.Scalar().empty()) {
        Fault(bundle.second, absl::StrCat(kUnder, ".", key), "expected a path");
      } else if (!tls->client_bundles.emplace(key, bundle.second.Scalar())
                      .second) {
        Fault(bundle.first, kUnder, absl::StrCat("`", key, "` is given twice"));
      }
    }
  }

  void ReadAuthenticators(const YAML::Node& node, ListenerConfig* listener) {
    if (!node.IsSequence() || node.size() == 0) {
      Fault(node, "authenticators", "expected a list of authenticators");
      return;
    }
    for (const YAML::Node& item : node) {
      const std::string name = item.IsScalar() ? item.Scalar() : "";
      const auto* const found = std::find_if(
          kAuthenticators.begin(), kAuthenticators.end(),
          [&](const NamedAuthenticator& known) { return name == known.name; });
      if (found == kAuthenticators.end() ||
          found->authenticator == Authenticator::kDev) {
        Fault(item, "authenticators",
              absl::StrCat("unknown authenticator `", name,
                           "`: expected `session-token`, `unix`, `mtls` or "
                           "`oidc`"));
      } else if (listener->Accepts(found->authenticator)) {
        Fault(item, "authenticators",
              absl::StrCat("`", name, "` is given twice"));
      } else {
        listener->authenticators.push_back(found->authenticator);
      }
    }
  }

  void ReadPrincipal(const YAML::Node& node, ListenerConfig* listener) {
    const std::string name = node.IsScalar() ? node.Scalar() : "";
    if (const auto principal = ParsePrincipalName(name); !principal.ok()) {
      Fault(node, "principal", std::string(principal.status().message()));
      return;
    }
    listener->principal = name;
  }

  void ReadPrincipals(const YAML::Node& node, ListenerConfig* listener) {
    if (!node.IsSequence() || node.size() == 0) {
      Fault(node, "principals", "expected a list of patterns of principals");
      return;
    }
    for (const YAML::Node& item : node) {
      auto pattern =
          PrincipalNamePattern::Parse(item.IsScalar() ? item.Scalar() : "");
      if (pattern.ok()) {
        listener->principals.push_back(*std::move(pattern));
      } else {
        Fault(item, "principals", std::string(pattern.status().message()));
      }
    }
  }

  void ReadMappings(const YAML::Node& node, ListenerConfig* listener) {
    if (!node.IsSequence() || node.size() == 0) {
      Fault(node, "mappings",
            "expected a list as `[{spiffe_id, principal, tags}]`");
      return;
    }
    for (std::size_t i = 0; i < node.size(); ++i) {
      const YAML::Node item = node[i];
      const std::string under = absl::StrCat("mappings[", i, "]");
      if (!item.IsMap()) {
        Fault(item, under, "expected `{spiffe_id, principal, tags}`");
      } else if (item["issuer"]) {
        ReadTokenMapping(item, under, listener);
      } else {
        ReadMapping(item, under, listener);
      }
    }
  }

  void ReadMapping(const YAML::Node& node, const std::string& under,
                   ListenerConfig* listener) {
    struct Matcher {
      const char* member;
      decltype(&CertificateMapping::OfDnsName) make;
    };
    constexpr Matcher kMatchers[] = {
        {"spiffe_id", &CertificateMapping::OfSpiffeId},
        {"dns", &CertificateMapping::OfDnsName},
        {"subject", &CertificateMapping::OfSubject}};
    CheckMembers(node, under,
                 {"spiffe_id", "dns", "subject", "principal", "tags"});
    const Matcher* matcher = nullptr;
    int matchers = 0;
    for (const Matcher& each : kMatchers) {
      if (!node[each.member]) continue;
      matcher = &each;
      ++matchers;
    }
    if (matchers != 1) {
      Fault(node, under,
            "expected exactly one of `spiffe_id`, `dns`, `subject` and "
            "`issuer`");
      return;
    }
    const std::string pattern = TextOf(node, matcher->member, under, true);
    const std::string principal = TextOf(node, "principal", under, true);
    std::vector<Tag> tags = ReadTags(node["tags"], under);
    if (pattern.empty() || principal.empty()) return;
    auto mapping = matcher->make(pattern, principal, std::move(tags));
    if (mapping.ok()) {
      listener->mappings.push_back(*std::move(mapping));
    } else {
      Fault(node, under, std::string(mapping.status().message()));
    }
  }

  void ReadTokenMapping(const YAML::Node& node, const std::string& under,
                        ListenerConfig* listener) {
    CheckMembers(
        node, under,
        {"issuer", "audience", "claims", "jwks_file", "principal", "tags"});
    OidcRule rule;
    rule.issuer = TextOf(node, "issuer", under, true);
    rule.audience = TextOf(node, "audience", under, false);
    rule.jwks_file = TextOf(node, "jwks_file", under, false);
    for (Tag& claim : ReadPairs(node["claims"], under, "claims")) {
      rule.claims.emplace_back(std::move(claim.key), std::move(claim.value));
    }
    const std::string principal = TextOf(node, "principal", under, true);
    std::vector<Tag> tags = ReadTags(node["tags"], under);
    if (rule.issuer.empty() || principal.empty()) return;
    auto mapping =
        OidcMapping::Make(std::move(rule), principal, std::move(tags));
    if (mapping.ok()) {
      listener->token_mappings.push_back(*std::move(mapping));
    } else {
      Fault(node, under, std::string(mapping.status().message()));
    }
  }

  std::vector<Tag> ReadTags(const YAML::Node& node, const std::string& under) {
    return ReadPairs(node, under, "tags");
  }

  // A mapping of texts to texts; none is an empty one.
  std::vector<Tag> ReadPairs(const YAML::Node& node, const std::string& under,
                             absl::string_view member) {
    constexpr std::size_t kMaxPairs = 50;
    std::vector<Tag> pairs;
    if (!node) return pairs;
    const std::string at = absl::StrCat(under, ".", member);
    if (!node.IsMap() || node.size() > kMaxPairs) {
      Fault(node, at,
            absl::StrCat("expected a mapping of at most ", kMaxPairs, " ",
                         member));
      return pairs;
    }
    for (const auto& pair : node) {
      if (!pair.first.IsScalar() || !pair.second.IsScalar()) {
        Fault(pair.first, at, "expected `KEY: VALUE`");
        continue;
      }
      pairs.push_back({pair.first.Scalar(), pair.second.Scalar()});
    }
    return pairs;
  }

  const std::string path_;
  std::vector<SettingFault>* const faults_;
};

}  // namespace

absl::Span<const SettingInfo> ListenerSettings() {
  static const auto* const infos = new std::vector<SettingInfo>{
      {"listeners[].address", "address", "127.0.0.1:8470", "",
       "--listen (repeats; replaces the list)",
       "`HOST:PORT` or `unix:/path`. With port 0 the system picks a port."},
      {"listeners[].mode", "octal mode", "0660", "", "",
       "For a Unix socket: the mode of its file, which says who may connect. "
       "The folder must let them pass, too."},
      {"listeners[].group", "group", "", "", "",
       "For a Unix socket: the group of its file, by name or number. The "
       "server's user must be a member of it. Empty: the server's own group."},
      {"listeners[].tls.cert", "path", "", "", "",
       "The certificate chain in PEM, with the leaf first. A listener off "
       "loopback must have TLS."},
      {"listeners[].tls.key", "path", "", "", "", "Its private key in PEM."},
      {"listeners[].tls.client_ca",
       "path, or `{TRUST-DOMAIN: path, dns: path}`", "", "", "",
       "Certificates in PEM that vouch for clients' certificates. If it is "
       "set, every client must have one. One path vouches for DNS names, "
       "subjects and the SPIFFE IDs of the one trust domain that `mappings` "
       "name. If `mappings` name several trust domains, each needs a bundle, "
       "which vouches only for that domain's SPIFFE IDs. The bundle of `dns` "
       "vouches for DNS names and subjects."},
      {"listeners[].authenticators", "list", "by the other settings", "", "",
       "How the listener knows its callers: `session-token`, `unix`, `mtls`, "
       "`oidc`."},
      {"listeners[].principal", "principal", "", "", "",
       "For a Unix socket: the principal of every caller that brings no "
       "session, as a user's ARN or `service:NAME`."},
      {"listeners[].principals", "list of patterns", "", "", "",
       "For a Unix socket: the principals that a caller may name in the "
       "metadata `rolegate-principal`."},
      {"listeners[].mappings", "list of `{spiffe_id, principal, tags}`", "", "",
       "",
       "Who a caller is; the first mapping that matches applies. For mTLS a "
       "mapping has one name of a certificate: `spiffe_id`, where `*` stands "
       "for any characters within one segment and `/**` at the end for one or "
       "more segments; `dns`, where `*.` in front stands for one label; or "
       "`subject`, a whole subject such as `CN=backup,O=Acme`. For `oidc` a "
       "mapping has `issuer`, `audience` and `claims`, which are texts that "
       "the token must have and should include `sub`. `jwks_file` holds the "
       "issuer's keys; without it the server fetches them from the issuer "
       "(`federation.oidc_hosts`). `tags` become `aws:PrincipalTag/KEY`."},
  };
  return *infos;
}

void ReadOperationsMember(absl::string_view member, const YAML::Node& node,
                          ListenerConfig* listener,
                          std::vector<SettingFault>* faults) {
  ListenerReader("operations", faults).ReadMember(member, node, listener);
}

void AddAuthenticators(ListenerConfig* listener) {
  if (!listener->principal.empty() || !listener->principals.empty()) {
    listener->authenticators.push_back(Authenticator::kUnix);
  }
  if (!listener->mappings.empty()) {
    listener->authenticators.push_back(Authenticator::kMtls);
  }
  if (!listener->token_mappings.empty()) {
    listener->authenticators.push_back(Authenticator::kOidc);
  }
}

std::vector<ListenerConfig> ReadListeners(const YAML::Node& node,
                                          std::vector<SettingFault>* faults) {
  std::vector<ListenerConfig> listeners;
  if (!node.IsSequence() || node.size() == 0) {
    faults->push_back({node.Mark(), "listeners", "expected a list"});
    return listeners;
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    listeners.push_back(
        ListenerReader(absl::StrCat("listeners[", i, "]"), faults)
            .Read(node[i]));
  }
  return listeners;
}

}  // namespace rolegate::service
