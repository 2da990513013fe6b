#include "service/listener.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_builder.h>

#include <array>
#include <limits>

#include "absl/strings/str_cat.h"

namespace rolegate::service {
namespace {

constexpr std::array<const char*, 5> kServices = {
    "", "rolegate.v1.SecurityTokenService", "rolegate.v1.AuthorizationService",
    "rolegate.v1.RegistryService", "rolegate.v1.PolicyService"};
constexpr char kLiveness[] = "rolegate.liveness";

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

// Binds without sharing: by default a second server on the same port would
// start in silence and take half of the calls.
absl::StatusOr<std::string> BuildAt(
    const ListenAddress& address,
    std::shared_ptr<grpc::ServerCredentials> credentials,
    grpc::ServerBuilder* builder, std::unique_ptr<grpc::Server>* server) {
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  int port = 0;
  builder->AddListeningPort(address.text, std::move(credentials), &port);
  *server = builder->BuildAndStart();
  if (*server == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on `", address.text,
                     "`: it is in use, or not this machine's"));
  }
  if (address.is_unix()) return address.text;
  return absl::StrCat(address.text.substr(0, address.text.rfind(':')), ":",
                      port);
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

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(
    Core* core, const ListenerConfig& config) {
  std::unique_ptr<Listener> listener(new Listener);
  if (config.address.is_unix()) {
    absl::StatusOr<SocketGuard> guard =
        SocketGuard::Acquire(config.address.path);
    if (!guard.ok()) return guard.status();
    listener->guard_.emplace(*std::move(guard));
  }
  listener->security_token_ =
      std::make_unique<SecurityTokenService>(core, &config);
  listener->authorization_ =
      std::make_unique<AuthorizationService>(core, &config);
  listener->registry_ = std::make_unique<RegistryService>(core, &config);
  listener->policy_ = std::make_unique<PolicyService>(core, &config);

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  AddLimits(core->config.limits, &builder);
  builder.RegisterService(listener->security_token_.get());
  builder.RegisterService(listener->authorization_.get());
  builder.RegisterService(listener->registry_.get());
  builder.RegisterService(listener->policy_.get());
  std::optional<TlsConfig> tls;
  if (config.tls.has_value()) {
    auto files =
        TlsFiles::Open(*config.tls, [log = core->log, at = config.address.text](
                                        const absl::Status& status) {
          if (status.ok()) {
            log->Info("certificates reloaded", {{"address", at}});
          } else {
            log->Error("certificates are not reloaded, those in force stay",
                       {{"address", at}, {"error", status.message()}});
          }
        });
    if (!files.ok()) return files.status();
    listener->tls_files_ = *std::move(files);
    tls = listener->tls_files_->paths();
  }
  const PrivateUmask umask;
  absl::StatusOr<std::string> address =
      BuildAt(config.address, Credentials(tls), &builder, &listener->server_);
  if (!address.ok()) return address.status();
  listener->address_ = *std::move(address);
  return listener;
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::OpenHealth(
    const ListenAddress& address) {
  std::unique_ptr<Listener> listener(new Listener);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  absl::StatusOr<std::string> bound = BuildAt(
      address, grpc::InsecureServerCredentials(), &builder, &listener->server_);
  if (!bound.ok()) return bound.status();
  listener->address_ = *std::move(bound);
  return listener;
}

void Listener::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* const health =
      server_->GetHealthCheckService();
  for (const char* service : kServices) {
    health->SetServingStatus(service, serving);
  }
  health->SetServingStatus(kLiveness, true);
}

void Listener::BeginDrain() { server_->GetHealthCheckService()->Shutdown(); }

void Listener::Shutdown(absl::Duration grace) {
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
}

}  // namespace rolegate::service
