// HTTP/1.1 (RFC 9112) without a socket: Boost.Beast reads the requests, which
// only the source of this unit includes, for it takes long to compile.

#ifndef ROLEGATE_SERVICE_HTTP1_SESSION_H_
#define ROLEGATE_SERVICE_HTTP1_SESSION_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "service/http1/message.h"
#include "service/http2/peer.h"

namespace rolegate::service::http1 {

// The requests of one connection, one after the other: a request is read when
// the answer to the one before has been sent.  It serves GET and HEAD and, if
// it takes bodies, POST.  A request that cannot be read, or that has a body
// which nobody takes, is refused and is the last one.  For one thread.
//
// The memory that a peer can make it hold is bounded: a request has kMaxHead
// bytes and `max_body` more, and what the caller hands over beyond it waits.
class Session {
 public:
  // The most bytes of a request: its first line and its headers.
  static constexpr std::size_t kMaxHead = std::size_t{8} << 10;

  // `handler` and `peer`, which is at the other end, must outlive the session.
  // `max_body` is the most bytes of a POST's body; with 0, no POST is served.
  Session(const Handler* handler, const http2::Peer* peer,
          std::size_t max_body = 0);
  ~Session();

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes what the peer sent.  Hand nothing over while there is output.
  void Receive(absl::string_view bytes);

  // What is to be sent next, until Sent takes it away.
  absl::string_view output() const {
    return absl::string_view(output_).substr(sent_);
  }
  void Sent(std::size_t bytes);

  // Answers a request that came together with the one before.  False: there is
  // none, and the peer has the word.
  bool GoOn();

  // Whether a request has begun and is not whole.
  bool in_request() const;

  // What makes the answer that is under way, if it takes its time; null if
  // there is none, or if it was taken.  Hand over what it returns, and no bytes
  // before that.
  std::function<Answer()> TakeWork() { return std::exchange(work_, nullptr); }
  void Finish(const Answer& answer);
  // Whether such an answer is under way.
  bool working() const { return working_; }

  // Takes no more requests; the answer that is under way is the last one.
  void GoAway();
  // Whether no request will be answered any more.  The connection is to be
  // closed once the output is sent.
  bool done() const { return done_; }

 private:
  struct Beast;
  class Incoming;

  // Refuses the request and all that follow.
  void Refuse(int status, absl::string_view message);
  void AnswerRequest();
  // Whether the head that has been read is that of a POST whose body comes.
  bool AwaitsBody() const;
  void Write(const Answer& answer, absl::string_view more_headers);

  const Handler* const handler_;
  const http2::Peer* const peer_;
  const std::size_t max_body_;
  std::unique_ptr<Beast> beast_;  // reads the request that comes
  std::function<Answer()> work_;
  bool working_ = false;
  std::string received_;  // what Beast has not taken yet
  std::string output_;    // one answer
  std::size_t sent_ = 0;  // of its bytes
  bool done_ = false;
};

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_SERVICE_HTTP1_SESSION_H_
