#include "service/net/listener.h"

#include <utility>

#include "service/grpc/grpc_transport.h"
#include "service/http2/routes.h"
#include "service/net/listen_socket.h"

namespace rolegate::service {
namespace {

ProbeTarget::Kind ProbeKind(const ListenerConfig& config) {
  if (!config.tls.has_value()) return ProbeTarget::Kind::kPlain;
  return config.tls->asks_for_certificates() ? ProbeTarget::Kind::kTlsStart
                                             : ProbeTarget::Kind::kTls;
}

}  // namespace

Listener::~Listener() {
  if (accepting_.has_value()) door_.acceptor->Stop(*accepting_);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(
    Core* core, const ListenerConfig& config, const Door& door) {
  std::unique_ptr<Listener> listener(new Listener(door));
  absl::Status status = listener->tls_.Open(core, config);
  if (status.ok()) status = listener->OpenTransport(core, config);
  if (status.ok()) status = listener->Accept(core->config.limits, config);
  if (!status.ok()) return status;
  return listener;
}

absl::Status Listener::OpenTransport(Core* core, const ListenerConfig& config) {
  if (door_.http2 != nullptr) {
    transport_ = http2::MakeHttp2Transport(
        {http2::MakeRouter(core, &config, door_.health), tls_.context(),
         &core->gateways, &core->door, config.address.text, core->log,
         door_.http2});
    return absl::OkStatus();
  }
  auto transport = MakeGrpcTransport(core, &config, door_.health, tls_.paths());
  if (!transport.ok()) return transport.status();
  transport_ = *std::move(transport);
  return absl::OkStatus();
}

absl::Status Listener::Accept(const ServiceLimits& limits,
                              const ListenerConfig& config) {
  if (config.address.is_unix()) {
    absl::StatusOr<SocketGuard> guard =
        SocketGuard::Acquire(config.address.path);
    if (!guard.ok()) return guard.status();
    guard_.emplace(*std::move(guard));
  }
  absl::StatusOr<ListenSocket> socket = ListenSocket::Open(
      config.address, limits.keepalive_timeout, config.socket);
  if (!socket.ok()) return socket.status();
  address_ = socket->address();
  for (const SocketAddress& bound : socket->Bound()) {
    probes_.push_back({address_, bound, ProbeKind(config)});
  }
  accepting_ = door_.acceptor->Start(
      *std::move(socket), door_.connections,
      [transport = transport_.get()](int listener, int fd) {
        transport->Serve(listener, fd);
      });
  return absl::OkStatus();
}

void Listener::StopAccepting() {
  if (accepting_.has_value()) {
    door_.acceptor->Stop(*std::exchange(accepting_, std::nullopt));
  }
}

void Listener::BeginDrain() {
  StopAccepting();
  transport_->BeginDrain();
}

bool Listener::awaits_clients() const { return transport_->awaits_clients(); }

void Listener::EndDrain() { transport_->EndDrain(); }

void Listener::Shutdown(absl::Duration grace) {
  StopAccepting();
  transport_->Shutdown(grace);
}

}  // namespace rolegate::service
