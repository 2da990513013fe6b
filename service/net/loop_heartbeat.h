// Notices an event loop that hangs.

#ifndef ROLEGATE_SERVICE_NET_LOOP_HEARTBEAT_H_
#define ROLEGATE_SERVICE_NET_LOOP_HEARTBEAT_H_

#include <atomic>
#include <memory>

#include "service/base/monotonic.h"
#include "service/http2/executor.h"

namespace rolegate::service {

// A loop never blocks, so a task that is posted to it runs at once.  One task
// at a time is under way; while the loop has not run it, the loop has not
// turned. For one thread.
class LoopHeartbeat {
 public:
  // `loop` must outlive it.
  explicit LoopHeartbeat(http2::Executor* loop) : loop_(loop) {}

  // For how long the loop has not turned, as far as is known: zero if it has
  // turned since the last call.
  MonotonicTime::duration Look(MonotonicTime now);

 private:
  http2::Executor* const loop_;
  // The task may outlive the heartbeat, and then tells nobody.
  const std::shared_ptr<std::atomic<bool>> turned_ =
      std::make_shared<std::atomic<bool>>(true);
  MonotonicTime posted_{};
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LOOP_HEARTBEAT_H_
