// `operations_listen`: what operators see over HTTP/1.1, with or without TLS,
// on an event loop of its own, so that what keeps the API busy keeps no
// operator waiting.

#ifndef ROLEGATE_SERVICE_NET_OPERATIONS_LISTENER_H_
#define ROLEGATE_SERVICE_NET_OPERATIONS_LISTENER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/answer/core.h"
#include "service/config/listen_address.h"
#include "service/http1/connections.h"
#include "service/http1/message.h"
#include "service/http2/event_loop.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listener_probe.h"
#include "service/net/listener_tls.h"
#include "service/net/socket_guard.h"

namespace rolegate::service {

class OperationsListener {
 public:
  // Binds and serves, as `config.operations` of the core says.  What is pointed
  // to must outlive the listener, and so must what `handler` refers to.
  // `max_body`: see http1::Session.
  // kFailedPrecondition if the address is taken.
  static absl::StatusOr<std::unique_ptr<OperationsListener>> Open(
      Core* core, ConnectionAcceptor* acceptor, ConnectionTable* connections,
      http1::Handler handler, std::size_t max_body);
  ~OperationsListener();  // closes what is open

  // With the port that the system picked.
  const std::string& address() const { return address_; }
  // See ListenerTls.
  std::optional<absl::Time> certificate_ends() const {
    return tls_.certificate_ends();
  }
  // How to ask whether it accepts and answers.
  const std::vector<ProbeTarget>& probes() const { return probes_; }

  // Takes no more connections and requests, and waits for answers to be sent,
  // at most so long.
  void Shutdown(absl::Duration grace);

 private:
  explicit OperationsListener(ConnectionAcceptor* acceptor)
      : acceptor_(acceptor) {}

  absl::Status Accept(const ListenerConfig& config, absl::Duration send_timeout,
                      ConnectionTable* connections);

  ConnectionAcceptor* const acceptor_;
  std::optional<SocketGuard> guard_;
  // Who brings no certificate may bring a token, or ask whether the server
  // lives.
  ListenerTls tls_{{http2::TlsPolicy::Protocol::kHttp1,
                    /*demands_certificates=*/false}};
  http2::EventLoop loop_;
  std::optional<http1::Connections> connections_;
  std::optional<int> accepting_;  // the acceptor's number
  std::string address_;
  std::vector<ProbeTarget> probes_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_OPERATIONS_LISTENER_H_
