#include "service/config/operations_settings.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/config/listener_settings.h"
#include "service/config/setting_readers.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kGroup = "operations.";

// A row whose value is read as that member of a listener is.
Setting Member(absl::string_view member, const char* type, const char* doc,
               const char* fallback = "") {
  const std::string name = absl::StrCat(kGroup, member);
  return {{name, type, fallback, EnvironmentName(name), "", doc},
          {},
          [member](const YAML::Node& node, Config* config,
                   std::vector<SettingFault>* faults) {
            ReadOperationsMember(member, node, &config->operations, faults);
          }};
}

// A row with the path of a file of the listener's certificate.
Setting File(absl::string_view member, std::string TlsConfig::*path,
             const char* doc) {
  const std::string name = absl::StrCat(kGroup, member);
  return {{name, "path", "", EnvironmentName(name), "", doc},
          [path](const YAML::Node& node, Config* config) -> std::string {
            if (!node.IsScalar()) return Expected("a text", node);
            std::optional<TlsConfig>& tls = config->operations.tls;
            if (!tls.has_value()) tls.emplace();
            (*tls).*path = node.Scalar();
            return "";
          },
          {}};
}

Setting Console() {
  const std::string name = absl::StrCat(kGroup, "console");
  return {{name, "`true` or `false`", "false", EnvironmentName(name), "",
           "Serves `/console` on `operations_listen`: a read-only page about "
           "roles, faults and trust, for those whom `admin_policy` allows "
           "`rolegate:ReadRegistry`. See [the console](console.md)."},
          Flag([](Config& c) -> bool& { return c.operations_console; }),
          {}};
}

}  // namespace

std::vector<Setting> OperationsSettings() {
  return {
      Console(),
      Member("mode", "octal mode",
             "If `operations_listen` is a Unix socket: the mode of its file, "
             "which says who may connect.",
             "0660"),
      Member("group", "group",
             "Its group, by name or number, of which the server's user must be "
             "a member. Empty: the server's own group."),
      File("tls.cert", &TlsConfig::cert,
           "The certificate chain of `operations_listen` in PEM, with the leaf "
           "first."),
      File("tls.key", &TlsConfig::key, "Its private key in PEM."),
      Member("tls.client_ca", "path, or `{TRUST-DOMAIN: path, dns: path}`",
             "Certificates in PEM that vouch for clients' certificates, as "
             "`listeners[].tls.client_ca` does. A client may bring none, and "
             "is nobody then unless it brings a token."),
      Member("authenticators", "list",
             "How `operations_listen` knows its callers: `unix`, `mtls`, "
             "`oidc`. By default those that `principal` and `mappings` need. "
             "On loopback and on a Unix socket there may be none: then "
             "everybody who reaches it may read `/metrics`."),
      Member("principal", "principal",
             "For a Unix socket: the principal of every caller, as a user's "
             "ARN or `service:NAME`."),
      Member("mappings", "list of `{spiffe_id, principal, tags}`",
             "Who a caller is, as in `listeners[].mappings`. `admin_policy` "
             "must allow the principal `rolegate:ReadMetrics`."),
  };
}

}  // namespace rolegate::service
