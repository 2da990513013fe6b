#include "service/grpc/grpc_transport.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/grpc/services.h"

namespace rolegate::service {
namespace {

using grpc::experimental::ExternalConnectionAcceptor;

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

class GrpcTransport final : public Transport {
 public:
  GrpcTransport(Core* core, const ListenerConfig* listener,
                HealthStatus* health)
      : services_(MakeServices(core, listener, health)) {}

  // False if gRPC does not serve.
  bool Start(const ServiceLimits& limits, const std::optional<TlsConfig>& tls) {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    AddLimits(limits, &builder);
    for (const auto& service : services_) {
      builder.RegisterService(service.get());
    }
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        Credentials(tls));
    server_ = builder.BuildAndStart();
    return server_ != nullptr;
  }

  void Serve(int listener, int fd) override {
    ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = listener;
    connection.fd = fd;
    acceptor_->HandleNewConnection(&connection);
  }

  void BeginDrain() override {}
  bool awaits_clients() const override { return false; }
  void EndDrain() override {}

  void Shutdown(absl::Duration grace) override {
    server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  }

 private:
  const std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
};

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

absl::StatusOr<std::unique_ptr<Transport>> MakeGrpcTransport(
    Core* core, const ListenerConfig* listener, HealthStatus* health,
    const std::optional<TlsConfig>& tls) {
  auto transport = std::make_unique<GrpcTransport>(core, listener, health);
  if (!transport->Start(core->config.limits, tls)) {
    return absl::InternalError(
        absl::StrCat("cannot serve on `", listener->address.text, "`"));
  }
  return transport;
}

}  // namespace rolegate::service
