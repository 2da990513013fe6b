// `operations_listen`: what operators see over HTTP/1.1, on an event loop of
// its own, so that what keeps the API busy keeps no operator waiting.

#ifndef ROLEGATE_SERVICE_NET_OPERATIONS_LISTENER_H_
#define ROLEGATE_SERVICE_NET_OPERATIONS_LISTENER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/config/listen_address.h"
#include "service/http1/connections.h"
#include "service/http1/message.h"
#include "service/http2/event_loop.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listener_probe.h"
#include "service/net/socket_guard.h"

namespace rolegate::service {

class OperationsListener {
 public:
  // Binds and serves.  What is pointed to must outlive the listener, and so
  // must what `handler` refers to.  `send_timeout`: see ListenSocket.
  // kFailedPrecondition if the address is taken.
  static absl::StatusOr<std::unique_ptr<OperationsListener>> Open(
      const ListenAddress& address, absl::Duration send_timeout,
      const http1::Pace& pace, ConnectionAcceptor* acceptor,
      ConnectionTable* connections, http1::Handler handler);
  ~OperationsListener();  // closes what is open

  // With the port that the system picked.
  const std::string& address() const { return address_; }
  // How to ask whether it accepts and answers.
  const std::vector<ProbeTarget>& probes() const { return probes_; }

  // Takes no more connections and requests, and waits for answers to be sent,
  // at most so long.
  void Shutdown(absl::Duration grace);

 private:
  OperationsListener(const http1::Pace& pace, ConnectionAcceptor* acceptor,
                     http1::Handler handler)
      : acceptor_(acceptor), connections_(std::move(handler), pace, &loop_) {}

  ConnectionAcceptor* const acceptor_;
  std::optional<SocketGuard> guard_;
  http2::EventLoop loop_;
  http1::Connections connections_;
  std::optional<int> accepting_;  // the acceptor's number
  std::string address_;
  std::vector<ProbeTarget> probes_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_OPERATIONS_LISTENER_H_
