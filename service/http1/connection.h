// One connection of HTTP/1.1: its socket, its session and its times.
//
//                nothing is left to say
//   (new) serving ----------------------> lingering
//            |                                |
//            | too slow, broken               | the peer closed, or 1 s
//            +------------> closed <----------+
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

namespace rolegate::service::http1 {

// How long a peer may take.
struct Pace {
  absl::Duration request = absl::Seconds(10);  // for a request, once it began;
                                               // the first begins at once
  absl::Duration answer = absl::Seconds(30);   // to take an answer
  absl::Duration idle = absl::Minutes(2);      // between requests
};

// What a connection has from its listener.  Everything outlives it.
struct Serving {
  const Handler* handler;
  Pace pace;
  std::size_t max_body;  // of a POST; 0: none is served
  http2::EventLoop* loop;
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
                         public std::enable_shared_from_this<Connection> {
 public:
  // Takes over the descriptor.
  Connection(const Serving& serving, ConnectionOwner* owner, int fd);
  ~Connection() = default;

  void Start();

  // Ends once the answer that is under way has been sent.
  void GoAway();
  void Close();

  void OnReadable() override;
  void OnWritable() override;

 private:
  enum class State : std::uint8_t { kServing, kLingering, kClosed };
  // What the peer has time for while it is served.
  enum class Step : std::uint8_t { kRequest, kAnswer, kIdle };

  void OnTime() override { Close(); }

  void ReadSome();
  // Sends what there is, and waits for what has to come.
  void Update();
  void StartWork();
  // Lets the peer read the last that was sent: a socket that is closed while
  // bytes come in takes them back.
  void Linger();
  void Discard();
  void AwaitReadable();
  // The connection ends if the step takes longer than it may.
  void Enter(Step step);
  void EndAfter(absl::Duration time);

  const Pace pace_;
  http2::EventLoop* const loop_;
  WorkThread* const work_;
  ConnectionOwner* const owner_;
  http2::LoopSocket socket_;
  std::unique_ptr<http2::Channel> channel_;
  Session session_;
  State state_ = State::kServing;
  Step step_ = Step::kRequest;
  std::size_t discarded_ = 0;
};

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_SERVICE_HTTP1_CONNECTION_H_
