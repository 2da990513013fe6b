#include "service/net/listener.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/grpc/services.h"
#include "service/net/listen_socket.h"

namespace rolegate::service {
namespace {

constexpr unsigned kCertificateRefreshSeconds = 1;

int Millis(absl::Duration duration) {
  const std::int64_t millis = absl::ToInt64Milliseconds(duration);
  return static_cast<int>(
      std::min<std::int64_t>(millis, std::numeric_limits<int>::max()));
}

// gRPC reads the files again when they change.
std::shared_ptr<grpc::ServerCredentials> Credentials(
    const std::optional<TlsConfig>& tls) {
  if (!tls.has_value()) return grpc::InsecureServerCredentials();
  namespace x = grpc::experimental;
  const bool clients = !tls->client_ca.empty();
  auto provider =
      clients
          ? std::make_shared<x::FileWatcherCertificateProvider>(
                tls->key, tls->cert, tls->client_ca, kCertificateRefreshSeconds)
          : std::make_shared<x::FileWatcherCertificateProvider>(
                tls->key, tls->cert, kCertificateRefreshSeconds);
  x::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (clients) {
    options.watch_root_certs();
    options.set_cert_request_type(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return x::TlsServerCredentials(options);
}

ProbeTarget::Kind ProbeKind(const std::optional<TlsConfig>& tls) {
  if (!tls.has_value()) return ProbeTarget::Kind::kPlain;
  return tls->client_ca.empty() ? ProbeTarget::Kind::kTls
                                : ProbeTarget::Kind::kTlsStart;
}

}  // namespace

void AddLimits(const ServiceLimits& limits, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(static_cast<int>(limits.max_message_bytes));
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE,
                              static_cast<int>(limits.max_metadata_bytes));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              limits.max_concurrent_streams);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              Millis(limits.handshake_timeout));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                              Millis(limits.max_connection_age));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                              Millis(limits.max_connection_age_grace));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS,
                              Millis(limits.keepalive_time));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                              Millis(limits.keepalive_timeout));
  builder->AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      Millis(limits.min_ping_interval));
}

Listener::~Listener() {
  if (accepting_.has_value()) door_.acceptor->Stop(*accepting_);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(
    Core* core, const ListenerConfig& config, const Door& door) {
  std::unique_ptr<Listener> listener(new Listener(door));
  listener->services_ = MakeServices(core, &config, door.health);

  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  AddLimits(core->config.limits, &builder);
  for (const auto& service : listener->services_) {
    builder.RegisterService(service.get());
  }
  std::optional<TlsConfig> tls;
  if (config.tls.has_value()) {
    if (!config.tls->client_ca.empty()) {
      // The configuration has made sure that there is one at most.
      const std::vector<std::string> domains = TrustDomainsOf(config.mappings);
      core->certificates.SetBundles(
          &config,
          TrustBundles::OfHandshake(domains.empty() ? "" : domains.front()));
    }
    auto files = TlsFiles::Open(
        *config.tls,
        [log = core->log,
         at = config.address.text](const absl::Status& status) {
          if (status.ok()) {
            log->Info("certificates reloaded", {{"address", at}});
          } else {
            log->Error("certificates are not reloaded, those in force stay",
                       {{"address", at}, {"error", status.message()}});
          }
        },
        [core, &config](std::shared_ptr<const TrustBundles> bundles) {
          core->certificates.SetBundles(&config, std::move(bundles));
        });
    if (!files.ok()) return files.status();
    listener->tls_files_ = *std::move(files);
    tls = listener->tls_files_->paths();
  }
  const absl::Status status =
      listener->Serve(core->config.limits, config.address, tls, &builder);
  if (!status.ok()) return status;
  return listener;
}

absl::Status Listener::Serve(const ServiceLimits& limits,
                             const ListenAddress& address,
                             const std::optional<TlsConfig>& tls,
                             grpc::ServerBuilder* builder) {
  if (address.is_unix()) {
    absl::StatusOr<SocketGuard> guard = SocketGuard::Acquire(address.path);
    if (!guard.ok()) return guard.status();
    guard_.emplace(*std::move(guard));
  }
  absl::StatusOr<ListenSocket> socket =
      ListenSocket::Open(address, limits.keepalive_timeout);
  if (!socket.ok()) return socket.status();
  address_ = socket->address();
  for (const SocketAddress& bound : socket->Bound()) {
    probes_.push_back({address_, bound, ProbeKind(tls)});
  }
  transport_ = builder->experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      Credentials(tls));
  server_ = builder->BuildAndStart();
  if (server_ == nullptr) {
    return absl::InternalError(
        absl::StrCat("cannot serve on `", address.text, "`"));
  }
  accepting_ = door_.acceptor->Start(
      *std::move(socket), door_.connections,
      [transport = transport_.get()](int listener, int fd) {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
            connection;
        connection.listener_fd = listener;
        connection.fd = fd;
        transport->HandleNewConnection(&connection);
      });
  return absl::OkStatus();
}

void Listener::Shutdown(absl::Duration grace) {
  if (accepting_.has_value()) {
    door_.acceptor->Stop(*std::exchange(accepting_, std::nullopt));
  }
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
}

}  // namespace rolegate::service
