// What a session needs of the thread that runs it: other threads hand it tasks,
// and it wakes up in time.

#ifndef ROLEGATE_SERVICE_HTTP2_EXECUTOR_H_
#define ROLEGATE_SERVICE_HTTP2_EXECUTOR_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "service/base/monotonic.h"
#include "service/http2/timer_wheel.h"
#include "service/http2/turns.h"

namespace rolegate::service::http2 {

// One thread.  It outlives every task and every timer.
class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  // Runs the task on the thread, after those that were posted before it.  From
  // any thread.
  virtual void Post(Task task) = 0;

  // The rest is for the thread itself.
  virtual bool IsCurrent() const = 0;
  virtual void SetTimer(Timer* timer, MonotonicTime at) = 0;
  Turns& turns() { return turns_; }

 protected:
  Executor() = default;
  ~Executor() = default;

 private:
  Turns turns_{[this](Task task) { Post(std::move(task)); }};
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_EXECUTOR_H_
