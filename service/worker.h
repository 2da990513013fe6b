// A thread for work that must not hold up gRPC's own threads.

#ifndef ROLEGATE_SERVICE_WORKER_H_
#define ROLEGATE_SERVICE_WORKER_H_

#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service {

// Runs tasks one after the other.  Thread-safe.
class Worker {
 public:
  Worker();
  ~Worker();  // runs what is queued, then ends

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Run(std::function<void()> task);

 private:
  void Loop();
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ending_ || !tasks_.empty();
  }

  absl::Mutex mu_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_WORKER_H_
