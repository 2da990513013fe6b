// Looks again and again at what may have changed.

#ifndef ROLEGATE_SERVICE_POLLER_H_
#define ROLEGATE_SERVICE_POLLER_H_

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace rolegate::service {

class Poller {
 public:
  // Calls `look` from a thread of its own, at once and after every interval.
  Poller(absl::Duration interval, std::function<void()> look);
  ~Poller();  // ends the thread, after the call that runs

  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

 private:
  void Loop();

  const absl::Duration interval_;
  const std::function<void()> look_;
  absl::Mutex mu_;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_POLLER_H_
