// The connections of one listener of HTTP/1.1, on one event loop.

#ifndef ROLEGATE_SERVICE_HTTP1_CONNECTIONS_H_
#define ROLEGATE_SERVICE_HTTP1_CONNECTIONS_H_

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "service/http1/connection.h"
#include "service/http1/message.h"
#include "service/http1/work_thread.h"
#include "service/http2/event_loop.h"

namespace rolegate::service::http1 {

// May be called from any thread but the loop's.
class Connections final : public ConnectionOwner {
 public:
  // `loop` must outlive it.  `max_body`: see Session.
  Connections(Handler handler, const Pace& pace, http2::EventLoop* loop,
              const Protection& protection = {}, std::size_t max_body = 0)
      : handler_(std::move(handler)),
        pace_(pace),
        loop_(loop),
        protection_(protection),
        max_body_(max_body) {}
  ~Connections() { Shutdown(absl::ZeroDuration()); }

  // Serves a connection, whose descriptor is non-blocking and becomes its own.
  // `listener`: the number of its listening socket, for PeerKey.
  void Take(int listener, int fd);

  // Waits for answers to be sent, until the grace is over, and for the piece of
  // work that runs then.  No connection is left when it returns, and Take must
  // not follow.
  void Shutdown(absl::Duration grace);

 private:
  void OnClosed(Connection* connection) override;

  const Handler handler_;
  const Pace pace_;
  http2::EventLoop* const loop_;
  const Protection protection_;
  const std::size_t max_body_;
  WorkThread work_;
  std::atomic<int> count_{0};
  std::map<Connection*, std::shared_ptr<Connection>> all_;  // the loop's own
};

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_SERVICE_HTTP1_CONNECTIONS_H_
