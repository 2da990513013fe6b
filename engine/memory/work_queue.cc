#include "engine/memory/work_queue.h"

#include <utility>

#include "engine/memory/parallel.h"

namespace rolegate {

WorkQueue::~WorkQueue() {
  {
    std::lock_guard<std::mutex> lock(mu_);
    waiting_.clear();
  }
  Close();
}

void WorkQueue::Add(Work work) {
  std::size_t waiting = 0;
  {
    std::lock_guard<std::mutex> lock(mu_);
    waiting_.push_back(std::move(work));
    waiting = waiting_.size();
  }
  changed_.notify_one();
  const std::size_t threads = MaxThreads();
  if (waiting >= worth_ && threads > 1 && helpers_.size() < threads) {
    helpers_.emplace_back([this] { Help(); });
  }
}

void WorkQueue::Finish() {
  if (helpers_.empty()) {
    for (const Work& work : std::exchange(waiting_, {})) work();
  }
  Close();
}

void WorkQueue::Help() {
  std::unique_lock<std::mutex> lock(mu_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    // What waits for long would have to be fetched from memory again.
    const Work newest = std::move(waiting_.back());
    waiting_.pop_back();
    lock.unlock();
    newest();
    lock.lock();
  }
}

void WorkQueue::Close() {
  {
    std::lock_guard<std::mutex> lock(mu_);
    closed_ = true;
  }
  changed_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
  helpers_.clear();
}

}  // namespace rolegate
