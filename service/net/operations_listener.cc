#include "service/net/operations_listener.h"

#include <utility>

#include "service/net/listen_socket.h"

namespace rolegate::service {

absl::StatusOr<std::unique_ptr<OperationsListener>> OperationsListener::Open(
    const ListenAddress& address, absl::Duration send_timeout,
    const http1::Pace& pace, ConnectionAcceptor* acceptor,
    ConnectionTable* connections, http1::Handler handler) {
  std::unique_ptr<OperationsListener> listener(
      new OperationsListener(pace, acceptor, std::move(handler)));
  if (address.is_unix()) {
    absl::StatusOr<SocketGuard> guard = SocketGuard::Acquire(address.path);
    if (!guard.ok()) return guard.status();
    listener->guard_.emplace(*std::move(guard));
  }
  absl::StatusOr<ListenSocket> socket =
      ListenSocket::Open(address, send_timeout);
  if (!socket.ok()) return socket.status();
  listener->address_ = socket->address();
  for (const SocketAddress& bound : socket->Bound()) {
    listener->probes_.push_back(
        {listener->address_, bound, ProbeTarget::Kind::kHttp});
  }
  listener->accepting_ = acceptor->Start(
      *std::move(socket), connections,
      [to = &listener->connections_](int, int fd) { to->Take(fd); });
  return listener;
}

OperationsListener::~OperationsListener() { Shutdown(absl::ZeroDuration()); }

void OperationsListener::Shutdown(absl::Duration grace) {
  if (accepting_.has_value()) {
    acceptor_->Stop(*std::exchange(accepting_, std::nullopt));
  }
  connections_.Shutdown(grace);
}

}  // namespace rolegate::service
