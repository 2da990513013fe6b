// The settings of the server, as values that were checked each by itself.
//
// ReadConfig (read_config.h) makes them of a file, the environment and flags;
// LoadConfig (net/load_config.h) also checks them against what they name.

#ifndef ROLEGATE_SERVICE_CONFIG_CONFIG_H_
#define ROLEGATE_SERVICE_CONFIG_CONFIG_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/registry/registry.h"
#include "engine/text/steps.h"
#include "service/base/https_fetch.h"
#include "service/base/log.h"
#include "service/config/audit_options.h"
#include "service/config/certificate_mapping.h"
#include "service/config/listen_address.h"
#include "service/config/oidc_mapping.h"
#include "service/config/principal_name.h"
#include "service/config/tracing_options.h"

namespace rolegate::service {

// How a listener learns who is calling.
enum class Authenticator : std::uint8_t {
  kSessionToken,  // "session-token": a bearer session that we issued
  kUnix,          // "unix": whoever may open the socket is who it says
  kMtls,          // "mtls": the client certificate's names, mapped
  kOidc,          // "oidc": a bearer token of an OpenID Connect issuer, mapped
  kDev,           // "dev": any user or service principal may be named
};

// The key of the bundle for DNS names and subjects.  No trust domain that has a
// registered name is called so.
inline constexpr absl::string_view kDnsBundle = "dns";

struct TlsConfig {
  std::string cert;  // PEM, the leaf first
  std::string key;   // PEM

  // The files that vouch for callers, in PEM: one for all, or a bundle for each
  // trust domain (kDnsBundle: for DNS names and subjects).  One of the two is
  // empty.  If both are, callers need no certificate.
  std::string client_ca;
  std::map<std::string, std::string> client_bundles;

  bool asks_for_certificates() const {
    return !client_ca.empty() || !client_bundles.empty();
  }

  friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

// Who may open a Unix socket.
struct SocketFile {
  // The file's mode: 0600 for the server, and what others get.
  unsigned mode = 0660;
  std::string group;  // a name or a number; empty: the server's own
};

struct ListenerConfig {
  ListenAddress address;
  SocketFile socket;             // of a Unix socket
  std::optional<TlsConfig> tls;  // none on Unix sockets

  // The authenticators that were set, or that follow from the other settings.
  // Empty for operations_listen alone, which asks nobody then.
  std::vector<Authenticator> authenticators;

  // kUnix has exactly one of the two: the one principal of all callers that
  // bring no session, or patterns of those that they may name.
  std::string principal;  // ParsePrincipalName takes it
  std::vector<PrincipalNamePattern> principals;

  std::vector<CertificateMapping> mappings;  // not empty with kMtls
  std::vector<OidcMapping> token_mappings;   // not empty with kOidc

  bool Accepts(Authenticator authenticator) const;
  // Whether a caller must prove who it is.  Under kDev its word is enough.
  bool demands_proof() const;
};

struct SessionConfig {
  std::string issuer;  // both set if keys_dir is, both empty if it is not
  std::string audience;
  std::string keys_dir;  // empty: a key is made for the server's life
};

// Multi-factor codes; off unless both this and Config::state_dir are set.
struct MfaConfig {
  std::string seed_dir;
};

// Identity providers outside.
struct FederationConfig {
  // Servers that may be asked for the keys of OpenID Connect providers.
  std::vector<std::string> oidc_hosts;
  std::string ca;  // whose certificates they have; empty: the system's

  // The party for which SAML assertions must be made.
  std::string saml_audience;   // empty: AssumeRoleWithSAML is refused
  std::string saml_recipient;  // empty: the same as the audience
};

// All of them bound what one caller can make the server hold or do.
struct ServiceLimits {
  std::uint64_t max_message_bytes = std::uint64_t{1} << 20;
  std::uint64_t max_metadata_bytes = std::uint64_t{16} << 10;
  int max_context_keys = 256;     // in one request, common context included
  int max_context_values = 1024;  // of all keys together
  std::uint64_t max_context_bytes = std::uint64_t{64} << 10;
  int max_batch_checks = 500;
  std::uint64_t max_check_steps = kMaxCheckSteps;  // of one check (steps.h)
  std::uint64_t max_call_steps = kMaxCallSteps;    // of all checks of a call
  // Connections at once on the listeners of the API; 0: as many as descriptors
  // and memory allow.
  std::size_t max_connections = 0;
  int max_concurrent_streams = 256;  // calls at once on one connection
  // Calls that wait for a worker or are worked on by one; more are refused.
  int max_in_flight = 1024;
  int max_open_streams = 4096;  // AuthorizeStream and Watch
  absl::Duration max_stream_idle = absl::Minutes(10);
  // The most bytes that answers which their callers do not take may hold
  // together, and for how long.
  std::uint64_t max_unsent_bytes = std::uint64_t{64} << 20;
  absl::Duration max_unsent_time = absl::Seconds(30);
  // Peers that carry many; TrustedGateways takes them.
  std::vector<std::string> trusted_gateways;

  // The limits of one peer: an address, or all callers of one Unix socket.  0:
  // no limit.
  int max_failures_per_second = 100;  // signatures that were checked in vain
  int max_assume_roles_per_second = 5000;

  absl::Duration drain_delay = absl::ZeroDuration();
  absl::Duration drain_timeout = absl::Seconds(10);
  absl::Duration handshake_timeout = absl::Seconds(10);
  absl::Duration max_connection_age = absl::Minutes(30);
  absl::Duration max_connection_age_grace = absl::Minutes(1);
  absl::Duration keepalive_time = absl::Minutes(1);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  absl::Duration min_ping_interval = absl::Seconds(10);
};

// What carries the calls of the API.
enum class TransportKind : std::uint8_t {
  kHttp2,  // "http2": our own, on nghttp2
  kGrpc,   // "grpc": gRPC's library
};

struct Config {
  std::vector<ListenerConfig> listeners;
  TransportKind transport = TransportKind::kHttp2;
  std::optional<ListenAddress> health_listen;
  std::optional<ListenAddress> operations_listen;
  // How operations_listen, whose address it has, is protected, and how it knows
  // its callers.  Off loopback it has TLS and an authenticator.
  ListenerConfig operations;
  bool operations_console = false;  // whether it serves `/console`
  RegistryOptions registry;
  SessionConfig session;
  FederationConfig federation;
  std::string admin_policy;  // a file; empty: nobody is an administrator
  std::vector<std::string> external_accounts;
  std::string state_dir;  // empty: nothing outlives the server
  MfaConfig mfa;
  AuditOptions audit;  // off while its path is empty
  TracingOptions tracing;
  LogOptions log;
  ServiceLimits limits;

  // Whether any listener lets callers name themselves (kDev).
  bool dev = false;
};

// A listener that may know its callers, with the path of its settings:
// `listeners[0]` or `operations`.
struct NamedListener {
  std::string path;
  const ListenerConfig* config;
};

// Returns the listeners of the API, and that of operators if it is set.  They
// point into `config`.
std::vector<NamedListener> AllListeners(const Config& config);

// Returns the hosts from which the server may fetch the keys of identity
// providers, and how.
FetchOptions FetchOf(const Config& config);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_CONFIG_H_
