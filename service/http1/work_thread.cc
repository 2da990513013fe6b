#include "service/http1/work_thread.h"

#include <utility>

#include "service/base/quiet_thread.h"

namespace rolegate::service::http1 {

void WorkThread::Submit(std::function<void()> task) {
  absl::MutexLock lock(&mu_);
  if (stopping_) return;
  tasks_.push_back(std::move(task));
  if (!thread_.joinable()) thread_ = StartQuietThread([this] { Run(); });
}

void WorkThread::Stop() {
  std::deque<std::function<void()>> dropped;
  std::thread thread;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    dropped.swap(tasks_);
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

void WorkThread::Run() {
  for (;;) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mu_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return stopping_ || !tasks_.empty();
      };
      mu_.Await(absl::Condition(&ready));
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace rolegate::service::http1
