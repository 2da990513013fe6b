#include "engine/work_queue.h"

#include <algorithm>
#include <utility>

#include "engine/parallel.h"

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
  if (waiting < worth_) return;
  const std::size_t threads =
      std::min(kMaxParallel, std::thread::hardware_concurrency());
  if (helpers_.size() + 1 < threads) {
    helpers_.emplace_back([this] { Help(); });
  } else {
    DoNewest();
  }
}

void WorkQueue::Finish() {
  while (DoNewest()) {
  }
  Close();
}

void WorkQueue::Help() {
  std::unique_lock<std::mutex> lock(mu_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

bool WorkQueue::DoNewest() {
  std::unique_lock<std::mutex> lock(mu_);
  if (waiting_.empty()) return false;
  const Work work = std::move(waiting_.back());
  waiting_.pop_back();
  lock.unlock();
  work();
  return true;
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
