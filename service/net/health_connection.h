// One connection to `health_listen`: HTTP/2 (RFC 9113) with gRPC's framing of
// grpc.health.v1.Health, without a socket.

#ifndef ROLEGATE_SERVICE_NET_HEALTH_CONNECTION_H_
#define ROLEGATE_SERVICE_NET_HEALTH_CONNECTION_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/registry/file_descriptor.h"
#include "service/answer/health_status.h"
#include "service/http2/preface.h"

namespace rolegate::service {

// Wakes the thread that serves connections.  Outlives whoever is told of
// health, which may be for a moment longer than the server.  Thread-safe.
class HealthWaker {
 public:
  HealthWaker();
  void Wake() const;
  // Forgets the wakes until now.  For the thread that is woken.
  void Clear() const;
  int fd() const { return event_.get(); }  // readable once woken

 private:
  const FileDescriptor event_;
};

// Answers Check and Watch, and refuses everything else.  For one thread.
//
// The memory that a peer can make it hold is bounded.  A peer has eight calls
// at once, a request has four KiB, all that it sends has kMaxReceived, and one
// frame waits to be sent beside nghttp2's own bounded queue.
class HealthConnection {
 public:
  // Bytes that a connection may send in its life.  Once it has sent three
  // quarters of them it is asked to go, so that a client of good will loses no
  // call.
  static constexpr std::size_t kMaxReceived = std::size_t{32} << 10;

  // `peer` is whom watches count for.  `health` must outlive the connection.
  HealthConnection(HealthStatus* health, std::string peer,
                   std::shared_ptr<const HealthWaker> waker);
  ~HealthConnection();  // its watches end

  HealthConnection(const HealthConnection&) = delete;
  HealthConnection& operator=(const HealthConnection&) = delete;

  // Takes what the peer sent.  False: the connection is to be closed at once,
  // for that is no HTTP/2, or too much.  A client of HTTP/1.1 or TLS gets an
  // answer first.
  bool Receive(absl::string_view bytes);

  // The next bytes to send; empty: none for now.  They stay until the next call
  // of any function.
  absl::string_view Output();

  // Looks at health again for those who watch it.
  void TellWatches();

  // Takes no more calls.  Watches end, other calls are answered.
  void GoAway();

  // Nothing will be received or sent any more.
  bool done() const;
  // Whether the peer has said what HTTP/2 begins with.
  bool greeted() const { return greeted_; }
  std::size_t calls() const { return calls_.size(); }

 private:
  class Watch;
  struct Call;
  struct Callbacks;

  // The call is complete: answers it.
  void Answer(std::int32_t stream, Call* call);
  void AnswerCheck(const std::string& service, std::int32_t stream, Call* call);
  void BeginWatch(std::string service, std::int32_t stream, Call* call);
  // Sends what `call` has to say, now and later.
  void BeginBody(std::int32_t stream, Call* call);
  // Ends a call of which nothing was said yet.
  void Refuse(std::int32_t stream, absl::string_view status,
              absl::string_view message);
  // Puts the news of a watch, if there are any, into its output.
  void TellNews(Call* call) const;

  HealthStatus* const health_;
  const std::string peer_;
  const std::shared_ptr<const HealthWaker> waker_;
  nghttp2_session* session_ = nullptr;
  http2::Preface preface_;
  std::string refusal_;  // of a client that speaks something else
  bool refused_ = false;
  std::map<std::int32_t, std::unique_ptr<Call>> calls_;  // by stream
  std::size_t received_ = 0;
  bool greeted_ = false;
  bool going_ = false;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_HEALTH_CONNECTION_H_
