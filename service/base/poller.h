// Looks regularly at something that may have changed.

#ifndef ROLEGATE_SERVICE_BASE_POLLER_H_
#define ROLEGATE_SERVICE_BASE_POLLER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace rolegate::service {

class Poller {
 public:
  // Calls `look` from a thread of its own, at once and after every interval.
  // The interval is measured by a clock that nobody can set: Abseil's waits
  // end at a time of the wall clock, which may be set back by hours.
  Poller(absl::Duration interval, std::function<void()> look);
  ~Poller();  // ends the thread, after the call that runs

  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

 private:
  void Loop();

  const absl::Duration interval_;
  const std::function<void()> look_;
  std::mutex mu_;
  std::condition_variable end_;
  bool ending_ = false;  // guarded by mu_
  std::thread thread_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_POLLER_H_
