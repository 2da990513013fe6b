// Pieces of work that take milliseconds: a TLS handshake, a message that is
// large or compressed.  A loop does one at a time, the peers in turns, and
// serves whatever else is ready between two of them.

#ifndef ROLEGATE_SERVICE_HTTP2_TURNS_H_
#define ROLEGATE_SERVICE_HTTP2_TURNS_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "service/base/fair_queue.h"

namespace rolegate::service::http2 {

class Turns;

// What waits for its turn.
class Turn : public Waiting {
 public:
  bool awaited() const { return turns_ != nullptr; }
  // Waits no more.
  void Leave();

 protected:
  Turn() = default;
  ~Turn() { Leave(); }

 private:
  friend class Turns;

  // May await the next turn, and end this one.
  virtual void OnTurn() = 0;

  Turns* turns_ = nullptr;  // while it waits
};

// For the loop's thread.
class Turns {
 public:
  using Task = absl::AnyInvocable<void()>;

  // `post` has the loop do a task later.
  explicit Turns(absl::AnyInvocable<void(Task)> post)
      : post_(std::move(post)) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Calls OnTurn later.  It must not wait already.
  void Await(Turn* turn, absl::string_view peer);

 private:
  friend class Turn;

  void PostNext();

  absl::AnyInvocable<void(Task)> post_;
  FairQueue waiting_;
  bool posted_ = false;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_TURNS_H_
