// One connection of HTTP/1.1: its socket, its session and its times.
//
//              no TLS, or its handshake failed
//             +------------------------------------+
//             |           nothing is left to say   v
//   (new) handshake --> serving --------------> lingering
//             |            |                       |
//             | too slow   | too slow, broken      | the peer closed, or 1 s
//             +------------+---> closed <----------+
//
// Without TLS the handshake is done at once.  It counts to the time of the
// first request.
//
// While an answer is under way, nothing is read, so that whoever does not read
// its answers asks no more.  An answer that takes its time is made on the
// listener's work thread.

#ifndef ROLEGATE_SERVICE_HTTP1_CONNECTION_H_
#define ROLEGATE_SERVICE_HTTP1_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "service/base/monotonic.h"
#include "service/http1/message.h"
#include "service/http1/session.h"
#include "service/http1/work_thread.h"
#include "service/http2/channel.h"
#include "service/http2/event_loop.h"
#include "service/http2/peer.h"
#include "service/http2/tls_context.h"
#include "service/http2/turns.h"

namespace rolegate::service::http1 {

// How long a peer may take.
struct Pace {
  absl::Duration request = absl::Seconds(10);  // for a request, once it began;
                                               // the first begins at once
  absl::Duration answer = absl::Seconds(30);   // to take an answer
  absl::Duration idle = absl::Minutes(2);      // between requests
};

// What a listener with TLS has beside.  All of it outlives the connections.
struct Protection {
  const http2::TlsContext* tls = nullptr;  // null: no TLS, and nothing else
  const TrustedGateways* gateways = nullptr;
  DoorMetrics* door = nullptr;  // counts handshakes that fail
};

// What a connection has from its listener.  Everything outlives it.
struct Serving {
  const Handler* handler;
  Pace pace;
  std::size_t max_body;  // of a POST; 0: none is served
  http2::EventLoop* loop;
  Protection protection;
  WorkThread* work;
};

class Connection;

// Keeps connections, and hears when one has closed.
class ConnectionOwner {
 public:
  virtual void OnClosed(Connection* connection) = 0;

 protected:
  ~ConnectionOwner() = default;
};

// For its loop.  The owner keeps it until OnClosed.
class Connection final : public http2::SocketUser,
                         private http2::Timer,
                         private http2::Turn,
                         public std::enable_shared_from_this<Connection> {
 public:
  // Takes over the descriptor.  `listener`: see Connections::Take.
  Connection(const Serving& serving, ConnectionOwner* owner, int listener,
             int fd);
  ~Connection() = default;

  void Start();

  // Ends once the answer that is under way has been sent.
  void GoAway();
  void Close();

  void OnReadable() override;
  void OnWritable() override;

 private:
  enum class State : std::uint8_t {
    kHandshake,
    kServing,
    kLingering,
    kClosed,
  };
  // What the peer has time for while it is served.
  enum class Step : std::uint8_t { kRequest, kAnswer, kIdle };

  void OnTime() override { Close(); }
  void OnTurn() override;

  void GoOnWithHandshake();
  void CountFailure(TlsFailure reason) const;
  // Tells a client that speaks no TLS what the port expects.
  void SendAway();
  void ReadSome();
  // Sends what there is, and waits for what has to come.
  void Update();
  void StartWork();
  // Lets the peer read the last that was sent: a socket that is closed while
  // bytes come in takes them back.
  void Linger();
  void Discard();
  void AwaitReadable();
  // Reads on later, so that others have their turn first.
  void ReadLater();
  // The connection ends if the step takes longer than it may.
  void Enter(Step step);
  void EndAfter(absl::Duration time);

  const Pace pace_;
  http2::EventLoop* const loop_;
  WorkThread* const work_;
  ConnectionOwner* const owner_;
  http2::LoopSocket socket_;
  http2::Peer peer_;
  const Protection protection_;
  // Its chain of certificates ends with the last connection that uses it.
  const std::shared_ptr<SSL_CTX> tls_;
  std::unique_ptr<http2::Channel> channel_;
  Session session_;
  State state_ = State::kHandshake;
  Step step_ = Step::kRequest;
  bool holds_bytes_ = false;  // that came, and that a wait would not tell of
  std::size_t discarded_ = 0;
};

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_SERVICE_HTTP1_CONNECTION_H_
