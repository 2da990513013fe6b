#include "service/config/settings.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/text/arn.h"
#include "service/config/operations_settings.h"
#include "service/config/setting_readers.h"
#include "service/config/tracing_settings.h"
#include "service/config/trusted_gateways.h"

namespace rolegate::service {
namespace {

std::string ReadAccounts(const YAML::Node& node, Config* config) {
  if (!node.IsSequence()) return Expected("a list of account numbers", node);
  config->external_accounts.clear();
  for (const YAML::Node& item : node) {
    // A number without quotes would lose its leading zeros elsewhere; its
    // text is kept here.
    if (!item.IsScalar() || !IsAccountId(item.Scalar())) {
      return Expected("an account number of twelve digits", item);
    }
    config->external_accounts.push_back(item.Scalar());
  }
  return "";
}

// `HOST` or `HOST:PORT`, in lower case; no scheme, path or pattern.
bool IsHost(absl::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]") ==
             absl::string_view::npos;
}

std::string ReadOidcHosts(const YAML::Node& node, Config* config) {
  if (!node.IsSequence()) return Expected("a list of hosts", node);
  config->federation.oidc_hosts.clear();
  for (const YAML::Node& item : node) {
    if (!item.IsScalar() || !IsHost(item.Scalar())) {
      return Expected("`HOST` or `HOST:PORT` in lower case", item);
    }
    config->federation.oidc_hosts.push_back(item.Scalar());
  }
  return "";
}

std::string ReadTrustedGateways(const YAML::Node& node, Config* config) {
  if (!node.IsSequence()) {
    return Expected("a list of addresses, sockets and principals", node);
  }
  config->limits.trusted_gateways.clear();
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return Expected("a text", item);
    if (const absl::Status status = TrustedGateways::Check(item.Scalar());
        !status.ok()) {
      return std::string(status.message());
    }
    config->limits.trusted_gateways.push_back(item.Scalar());
  }
  return "";
}

constexpr std::uint64_t kMaxInt = std::numeric_limits<int>::max();
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 42;
constexpr std::uint64_t kMaxSteps = 1'000'000'000'000;

std::vector<Setting> MakeSettings() {
  std::vector<Setting> all;
  const auto add = [&all](const char* name, const char* type,
                          const char* fallback, const char* doc,
                          SettingReader read, const char* flag = "") {
    all.push_back({{name, type, fallback, EnvironmentName(name), flag, doc},
                   std::move(read),
                   {}});
  };

  add("health_listen", "address", "",
      "`HOST:PORT` for the health service alone, without TLS, for probes "
      "that do not speak TLS.",
      Address([](Config& c) -> std::optional<ListenAddress>& {
        return c.health_listen;
      }),
      "--health-listen");
  add("operations_listen", "address", "",
      "`HOST:PORT` or `unix:/path` for what operators see over HTTP: `/livez`, "
      "`/readyz`, `/metrics`, `/status` and the console. Off loopback it needs "
      "`operations.tls` and an "
      "authenticator. Off unless it is set.",
      Address([](Config& c) -> std::optional<ListenAddress>& {
        return c.operations_listen;
      }),
      "--operations-listen");
  for (Setting& setting : OperationsSettings()) {
    all.push_back(std::move(setting));
  }
  add("transport", "`http2` or `grpc`", "http2",
      "What carries the calls of all listeners but `health_listen`: Rolegate's "
      "own HTTP/2, or gRPC's library.",
      OneOf<TransportKind>(
          {{"http2", TransportKind::kHttp2}, {"grpc", TransportKind::kGrpc}},
          [](Config& c) -> TransportKind& { return c.transport; }));
  add("registry.dir", "path", "",
      "The directory of roles and policies. Required.",
      Text([](Config& c) -> std::string& { return c.registry.dir; }),
      "--registry");
  add("registry.reload", "`auto` or `manual`", "auto",
      "`auto` watches the directory. `manual` reads it only on SIGHUP and "
      "`Reload`.",
      OneOf<ReloadMode>(
          {{"auto", ReloadMode::kAuto}, {"manual", ReloadMode::kManual}},
          [](Config& c) -> ReloadMode& { return c.registry.reload; }));
  add("registry.last_good_dir", "path", "",
      "The folder in which the server keeps each clean generation. It serves "
      "that one if the directory has faults at the next start. The folder "
      "has mode 0700; the server makes it if it does not exist. Needs a "
      "sealing key in `session.keys_dir`.",
      Text([](Config& c) -> std::string& { return c.registry.last_good_dir; }));
  add("registry.missing_policies", "`fault` or `deny`", "fault",
      "What an attached policy or boundary that the registry does not hold "
      "means: a fault of the registry, or a denial of every decision for the "
      "principal that has it.",
      OneOf<MissingPolicies>({{"fault", MissingPolicies::kFault},
                              {"deny", MissingPolicies::kDeny}},
                             [](Config& c) -> MissingPolicies& {
                               return c.registry.missing_policies;
                             }));
  add("registry.unknown_keys", "`fault` or `warn`", "fault",
      "What a JSON key that neither AWS nor Rolegate knows means in an entity "
      "of Rolegate's own, or where it may limit somebody: a fault of the "
      "registry, or a finding. In what AWS prints, other such keys are "
      "findings.",
      OneOf<UnknownKeys>(
          {{"fault", UnknownKeys::kFault}, {"warn", UnknownKeys::kWarn}},
          [](Config& c) -> UnknownKeys& { return c.registry.unknown_keys; }));
  add("registry.aws_managed_dir", "path", "",
      "A folder of the registry with AWS-managed policies "
      "(`arn:aws:iam::aws:policy/...`). They apply if other files define the "
      "same policies differently. Without it such a difference is a fault.",
      Text([](Config& c) -> std::string& {
        return c.registry.aws_managed_dir;
      }));
  add("registry.allow_empty", "true or false", "false",
      "Whether a directory without entities is allowed. Otherwise it is a "
      "fault.",
      Flag([](Config& c) -> bool& { return c.registry.allow_empty; }));
  all.push_back(
      {{"registry.fences", "list of fences", "[]",
        EnvironmentName("registry.fences"), "",
        "What the files of a folder may define, for teams that write their own "
        "folder: `{path, accounts, resources, kinds}` each. Everything else in "
        "that folder is a fault. See docs/operations.md."},
       {},
       [](const YAML::Node& node, Config* config,
          std::vector<SettingFault>* faults) {
         config->registry.fences = ReadFences(node, faults);
       }});
  add("registry.fence_faults", "`hold_all` or `hold_folder`", "hold_all",
      "What a fault in a fenced folder holds back: the whole generation, or "
      "that folder alone, which keeps its last good files.",
      OneOf<FenceFaults>(
          {{"hold_all", FenceFaults::kHoldAll},
           {"hold_folder", FenceFaults::kHoldFolder}},
          [](Config& c) -> FenceFaults& { return c.registry.fence_faults; }));
  add("registry.poll", "duration", "10s",
      "How often the server looks at the directory in addition to what "
      "inotify tells it.",
      Time([](Config& c) -> absl::Duration& { return c.registry.poll; },
           absl::Milliseconds(100), absl::Hours(1)));
  add("registry.limits.max_policy_bytes", "bytes", "1048576",
      "The most bytes of one policy document.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.registry.limits.max_policy_bytes;
          },
          1, kMaxBytes));
  add("registry.limits.max_policy_depth", "number", "16",
      "The most levels of nesting in one policy document.",
      Number<int>(
          [](Config& c) -> int& { return c.registry.limits.max_policy_depth; },
          4, 1000));
  add("registry.limits.max_policy_steps", "number", "8000000",
      "The most steps that policies which meet in one check may cost "
      "together, reckoned by the longest texts of a request. The default is "
      "half of `limits.max_check_steps`. Policies that could cost more are a "
      "fault, `PolicyTooCostly`.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.registry.limits.max_policy_steps;
          },
          1000, kMaxSteps));
  add("registry.limits.max_file_bytes", "bytes", "1073741824",
      "The most bytes of one file.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.registry.limits.max_file_bytes;
          },
          1, kMaxBytes));
  add("registry.limits.max_file_depth", "number", "64",
      "The most levels of nesting in one file.",
      Number<int>(
          [](Config& c) -> int& { return c.registry.limits.max_file_depth; }, 4,
          1000));
  add("registry.limits.max_files", "number", "2000000",
      "The most files that the directory may hold.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.registry.limits.max_files;
          },
          1, kMaxBytes));
  add("registry.limits.max_total_bytes", "bytes", "4294967296",
      "The most bytes of all files together.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.registry.limits.max_total_bytes;
          },
          1, kMaxBytes));
  add("session.issuer", "text", "",
      "The `iss` of the tokens. Required with `session.keys_dir`.",
      Text([](Config& c) -> std::string& { return c.session.issuer; }));
  add("session.audience", "text", "",
      "The `aud` of the tokens. Required with `session.keys_dir`.",
      Text([](Config& c) -> std::string& { return c.session.audience; }));
  add("session.keys_dir", "path", "",
      "A directory of keys: `KID.pem` (Ed25519) signs sessions, and "
      "`KID.seal` seals refusals. Without it the server makes its own keys "
      "when it starts, and sessions end when it stops.",
      Text([](Config& c) -> std::string& { return c.session.keys_dir; }),
      "--keys-dir");
  add("federation.oidc_hosts", "list of hosts", "[]",
      "The servers that the server may ask by HTTPS for the keys of OpenID "
      "Connect providers, as `HOST` or `HOST:PORT`. Providers whose keys "
      "stand in the registry need none.",
      ReadOidcHosts);
  add("federation.ca", "path", "",
      "Certificates in PEM that vouch for those servers' certificates. "
      "Empty: the system's.",
      Text([](Config& c) -> std::string& { return c.federation.ca; }));
  add("federation.saml_audience", "text", "",
      "The `Audience` that SAML assertions must have. Without it the server "
      "refuses AssumeRoleWithSAML.",
      Text([](Config& c) -> std::string& {
        return c.federation.saml_audience;
      }));
  add("federation.saml_recipient", "text", "",
      "The `Recipient` that SAML assertions must have. Without it the "
      "recipient must be equal to the audience.",
      Text([](Config& c) -> std::string& {
        return c.federation.saml_recipient;
      }));
  add("admin_policy", "path", "",
      "A resource policy that says who may administer: users and service "
      "principals that a certificate, a socket or a mapped token proves, "
      "never a role or a session. Without it nobody may, except under "
      "`--dev`.",
      Text([](Config& c) -> std::string& { return c.admin_policy; }),
      "--admin-policy");
  add("external_accounts", "list of account numbers", "[]",
      "Accounts that the registry does not hold and whose administrators "
      "decide for their own callers. Those callers need no identity policy "
      "here.",
      ReadAccounts);
  add("state_dir", "path", "",
      "A directory for what must outlive the server: the MFA codes that were "
      "used. Replicas may share it. Without it the server refuses MFA.",
      Text([](Config& c) -> std::string& { return c.state_dir; }));
  add("mfa.seed_dir", "path", "",
      "The directory of the seeds of MFA devices: one file each, in base32, "
      "that others cannot read. Without it the server refuses MFA.",
      Text([](Config& c) -> std::string& { return c.mfa.seed_dir; }));
  add("audit.path", "path or `stdout`", "",
      "The file to which the server writes its decisions. Empty: it writes "
      "none.",
      Text([](Config& c) -> std::string& { return c.audit.path; }), "--audit");
  add("audit.decisions", "`all` or `denied`", "all",
      "Which decisions the server writes. It always writes sessions and "
      "administration.",
      OneOf<AuditDecisions>(
          {{"all", AuditDecisions::kAll}, {"denied", AuditDecisions::kDenied}},
          [](Config& c) -> AuditDecisions& { return c.audit.decisions; }));
  add("audit.format", "`rolegate` or `cloudtrail`", "rolegate",
      "The shape of the lines: the server's own, which docs/audit-log.md "
      "describes, or that of AWS CloudTrail's records.",
      OneOf<AuditFormat>(
          {{"rolegate", AuditFormat::kRolegate},
           {"cloudtrail", AuditFormat::kCloudTrail}},
          [](Config& c) -> AuditFormat& { return c.audit.format; }));
  add("audit.sample_allows", "number from 0 to 1", "1",
      "The share of the decisions that allow that the server writes, each "
      "picked at random. It always writes those that deny.",
      Share([](Config& c) -> double& { return c.audit.sample_allows; }));
  add("audit.masks", "list of JSON pointers", "[]",
      "Members that the server leaves out of the lines, as "
      "`/context/aws:SourceIp` or `/reason`. A line says which were left out.",
      Texts([](Config& c) -> std::vector<std::string>& {
        return c.audit.masks;
      }));
  add("audit.max_file_bytes", "bytes", "0",
      "How large a file of the audit log becomes before the server puts it "
      "aside, under a name with the time behind it, and begins a new one. 0: "
      "the server does not, and leaves it to logrotate.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& { return c.audit.max_file_bytes; }, 0,
          kMaxBytes));
  add("audit.max_file_age", "duration", "0s",
      "How old a file of the audit log becomes before the server puts it "
      "aside, looked at when something is written. 0: as old as it will.",
      Time([](Config& c) -> absl::Duration& { return c.audit.max_file_age; },
           absl::ZeroDuration(), absl::Hours(24 * 366)));
  add("audit.max_files", "number", "10",
      "How many files that it has put aside the server keeps. It removes older "
      "ones.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& { return c.audit.max_files; }, 1,
          100'000));
  add("audit.max_queue_records", "number", "65536",
      "The most records that may wait to be written. The server drops "
      "further ones and counts them.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& { return c.audit.max_queue_records; },
          1, 100'000'000));
  add("audit.max_queue_bytes", "bytes", "67108864",
      "The most memory that those records may take.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& { return c.audit.max_queue_bytes; },
          65'536, kMaxBytes));
  add("audit.fail_closed", "true or false", "false",
      "Whether the server refuses calls with `ServiceUnavailable` while the "
      "audit log cannot be written. Otherwise it decides on, and counts the "
      "records that are lost.",
      Flag([](Config& c) -> bool& { return c.audit.fail_closed; }));
  add("audit.flush_timeout", "duration", "5s",
      "How long the server waits for the audit log when it stops.",
      Time([](Config& c) -> absl::Duration& { return c.audit.flush_timeout; },
           absl::ZeroDuration(), absl::Minutes(10)));
  for (Setting& setting : TracingSettings()) all.push_back(std::move(setting));
  add("log.level", "`debug`, `info`, `warning` or `error`", "info",
      "The least severity that the server logs. SIGHUP reads it again.",
      OneOf<LogLevel>({{"debug", LogLevel::kDebug},
                       {"info", LogLevel::kInfo},
                       {"warning", LogLevel::kWarning},
                       {"error", LogLevel::kError}},
                      [](Config& c) -> LogLevel& { return c.log.level; }),
      "--log-level");
  add("log.format", "`json` or `text`", "json", "The format of a log record.",
      OneOf<LogFormat>({{"json", LogFormat::kJson}, {"text", LogFormat::kText}},
                       [](Config& c) -> LogFormat& { return c.log.format; }),
      "--log-format");
  add("limits.max_message_bytes", "bytes", "1048576",
      "The most bytes of one request.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.limits.max_message_bytes;
          },
          1024, 1u << 30));
  add("limits.max_metadata_bytes", "bytes", "16384",
      "The most bytes of a request's metadata.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.limits.max_metadata_bytes;
          },
          8192, 1u << 20));
  add("limits.max_context_keys", "number", "256",
      "The most condition keys that a request may give.",
      Number<int>([](Config& c) -> int& { return c.limits.max_context_keys; },
                  0, 100'000));
  add("limits.max_context_values", "number", "1024",
      "The most values that those keys may have together.",
      Number<int>([](Config& c) -> int& { return c.limits.max_context_values; },
                  0, 1'000'000));
  add("limits.max_context_bytes", "bytes", "65536",
      "The most bytes of those keys and values together.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& {
            return c.limits.max_context_bytes;
          },
          0, 1u << 30));
  add("limits.max_batch_checks", "number", "500", "The most checks in a batch.",
      Number<int>([](Config& c) -> int& { return c.limits.max_batch_checks; },
                  1, 100'000));
  add("limits.max_check_steps", "number", "16000000",
      "The most that one check may cost, in steps of about a nanosecond of "
      "work; see [concepts](concepts.md#budgets). A check that would cost "
      "more is an IMPLICIT_DENY with the reason `EvaluationBudgetExceeded`.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& { return c.limits.max_check_steps; },
          1000, kMaxSteps));
  add("limits.max_call_steps", "number", "40000000",
      "The most that all checks of one call may cost together, explanations "
      "included. A simulation may cost half of it. A call that would cost "
      "more fails as a whole with RESOURCE_EXHAUSTED, "
      "`EvaluationBudgetExceeded`.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& { return c.limits.max_call_steps; },
          1000, kMaxSteps));
  add("limits.max_connections", "number", "0",
      "The most connections that may be open at once on all listeners except "
      "`health_listen`, which has a few of its own. Shares apply when nine "
      "of ten are taken; see [operations](operations.md#connections). 0: as "
      "many as the limits of descriptors and memory allow, at most 8192.",
      Number<std::size_t>(
          [](Config& c) -> std::size_t& { return c.limits.max_connections; }, 0,
          1'000'000));
  add("limits.max_concurrent_streams", "number", "256",
      "The most calls that one connection may have open.",
      Number<int>(
          [](Config& c) -> int& { return c.limits.max_concurrent_streams; }, 1,
          kMaxInt));
  add("limits.max_in_flight", "number", "1024",
      "The most calls that may wait for a worker or be worked on, in all. A "
      "request counts once for each 64 KiB begun. One peer may take nine "
      "tenths. When they are used up, the peer that has the most gives to "
      "those that have less.",
      Number<int>([](Config& c) -> int& { return c.limits.max_in_flight; }, 1,
                  kMaxInt));
  add("limits.max_open_streams", "number", "4096",
      "The most calls of `AuthorizeStream` and `Watch` that may be open, in "
      "all. Peers share them as they share calls.",
      Number<int>([](Config& c) -> int& { return c.limits.max_open_streams; },
                  1, kMaxInt));
  add("limits.max_unsent_bytes", "bytes", "67108864",
      "The most memory for answers that their callers do not take. Beyond it "
      "the server gives up the oldest.",
      Number<std::uint64_t>(
          [](Config& c) -> std::uint64_t& { return c.limits.max_unsent_bytes; },
          1u << 20, kMaxBytes));
  add("limits.trusted_gateways", "list of addresses, sockets and principals",
      "[]",
      "Peers that carry many callers: addresses or ranges (`10.1.0.0/16`), "
      "sockets of listeners (`unix:/path`), or principals "
      "(`service:gateway.example`). Limits count each caller for whom such a "
      "peer asks, and not the peer as one.",
      ReadTrustedGateways);
  add("limits.max_failures_per_second", "number", "100",
      "How many signatures of tokens the server checks in vain for one peer "
      "(an address, or all callers of one Unix socket); ten times as many at "
      "once. After that it accepts from that peer only tokens that it "
      "already knows and identities of the connection. 0: no limit.",
      Number<int>(
          [](Config& c) -> int& { return c.limits.max_failures_per_second; }, 0,
          1'000'000));
  add("limits.max_assume_roles_per_second", "number", "5000",
      "How many sessions one peer, and one principal, may ask for; ten times "
      "as many at once. 0: no limit.",
      Number<int>([](Config& c)
                      -> int& { return c.limits.max_assume_roles_per_second; },
                  0, 1'000'000));
  const auto time = [&add](const char* name, const char* fallback,
                           const char* doc, FieldOf<absl::Duration> field,
                           absl::Duration low = absl::Milliseconds(10)) {
    add(name, "duration", fallback, doc, Time(field, low, absl::Hours(24)));
  };
  time(
      "limits.drain_delay", "0",
      "How long a stopping server says NOT_SERVING before it refuses calls.",
      [](Config& c) -> absl::Duration& { return c.limits.drain_delay; },
      absl::ZeroDuration());
  time(
      "limits.drain_timeout", "10s", "How long it then waits for calls to end.",
      [](Config& c) -> absl::Duration& { return c.limits.drain_timeout; },
      absl::ZeroDuration());
  time("limits.max_stream_idle", "10m",
       "After how long without a message the server ends an open stream, as "
       "`UNAVAILABLE`. The client then opens another.",
       [](Config& c) -> absl::Duration& { return c.limits.max_stream_idle; });
  time("limits.max_unsent_time", "30s",
       "How long a caller may take to read an answer.",
       [](Config& c) -> absl::Duration& { return c.limits.max_unsent_time; });
  time("limits.handshake_timeout", "10s",
       "How long a new connection may take to be set up.",
       [](Config& c) -> absl::Duration& { return c.limits.handshake_timeout; });
  time(
      "limits.max_connection_age", "30m",
      "After how long the server closes a connection, so that the client "
      "makes another and load spreads.",
      [](Config& c) -> absl::Duration& { return c.limits.max_connection_age; });
  time("limits.max_connection_age_grace", "1m",
       "How long the calls of such a connection may go on.",
       [](Config& c) -> absl::Duration& {
         return c.limits.max_connection_age_grace;
       });
  time("limits.keepalive_time", "1m",
       "After how much silence the server pings a client.",
       [](Config& c) -> absl::Duration& { return c.limits.keepalive_time; });
  time("limits.keepalive_timeout", "20s",
       "How long the client may take to answer the ping.",
       [](Config& c) -> absl::Duration& { return c.limits.keepalive_timeout; });
  time("limits.min_ping_interval", "10s",
       "The least time between two pings of a client. The server closes the "
       "connection of a client that pings more often.",
       [](Config& c) -> absl::Duration& { return c.limits.min_ping_interval; });
  return all;
}

}  // namespace

const std::vector<Setting>& Settings() {
  static const auto* const settings = new std::vector<Setting>(MakeSettings());
  return *settings;
}

}  // namespace rolegate::service
