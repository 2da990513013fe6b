// The thread on which answers are made that take their time, so that the event
// loop goes on meanwhile.

#ifndef ROLEGATE_SERVICE_HTTP1_WORK_THREAD_H_
#define ROLEGATE_SERVICE_HTTP1_WORK_THREAD_H_

#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service::http1 {

// Runs one task after the other.  The thread begins with the first task, so
// that a listener which needs none has none.  A connection has one task at
// most, and so the queue is as long as there may be connections.  Thread-safe.
class WorkThread {
 public:
  WorkThread() = default;
  ~WorkThread() { Stop(); }

  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  // After Stop, the task is dropped.
  void Submit(std::function<void()> task);

  // Drops the tasks that wait, and waits for the one that runs.
  void Stop();

 private:
  void Run();

  absl::Mutex mu_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_SERVICE_HTTP1_WORK_THREAD_H_
