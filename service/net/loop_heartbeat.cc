#include "service/net/loop_heartbeat.h"

namespace rolegate::service {

MonotonicTime::duration LoopHeartbeat::Look(MonotonicTime now) {
  if (!turned_->load(std::memory_order_acquire)) return now - posted_;
  turned_->store(false, std::memory_order_relaxed);
  posted_ = now;
  loop_->Post(
      [turned = turned_] { turned->store(true, std::memory_order_release); });
  return MonotonicTime::duration::zero();
}

}  // namespace rolegate::service
