#include "service/net/operations_listener.h"

#include <utility>

#include "service/net/listen_socket.h"

namespace rolegate::service {

absl::StatusOr<std::unique_ptr<OperationsListener>> OperationsListener::Open(
    Core* core, ConnectionAcceptor* acceptor, ConnectionTable* connections,
    http1::Handler handler, std::size_t max_body) {
  const ListenerConfig& config = core->config.operations;
  const ServiceLimits& limits = core->config.limits;
  std::unique_ptr<OperationsListener> listener(
      new OperationsListener(acceptor));
  if (absl::Status status = listener->tls_.Open(core, config); !status.ok()) {
    return status;
  }
  http1::Pace pace;
  pace.request = limits.handshake_timeout;
  pace.answer = limits.max_unsent_time;
  listener->connections_.emplace(
      std::move(handler), pace, &listener->loop_,
      http1::Protection{listener->tls_.context(), &core->gateways, &core->door},
      max_body);
  if (absl::Status status =
          listener->Accept(config, limits.keepalive_timeout, connections);
      !status.ok()) {
    return status;
  }
  return listener;
}

OperationsListener::~OperationsListener() { Shutdown(absl::ZeroDuration()); }

absl::Status OperationsListener::Accept(const ListenerConfig& config,
                                        absl::Duration send_timeout,
                                        ConnectionTable* connections) {
  const ListenAddress& address = config.address;
  if (address.is_unix()) {
    absl::StatusOr<SocketGuard> guard = SocketGuard::Acquire(address.path);
    if (!guard.ok()) return guard.status();
    guard_.emplace(*std::move(guard));
  }
  absl::StatusOr<ListenSocket> socket =
      ListenSocket::Open(address, send_timeout, config.socket);
  if (!socket.ok()) return socket.status();
  address_ = socket->address();
  for (const SocketAddress& bound : socket->Bound()) {
    probes_.push_back({address_, bound,
                       tls_.context() == nullptr ? ProbeTarget::Kind::kHttp
                                                 : ProbeTarget::Kind::kHttps});
  }
  accepting_ = acceptor_->Start(
      *std::move(socket), connections,
      [to = &*connections_](int id, int fd) { to->Take(id, fd); });
  return absl::OkStatus();
}

void OperationsListener::Shutdown(absl::Duration grace) {
  if (accepting_.has_value()) {
    acceptor_->Stop(*std::exchange(accepting_, std::nullopt));
  }
  if (connections_.has_value()) connections_->Shutdown(grace);
}

}  // namespace rolegate::service
