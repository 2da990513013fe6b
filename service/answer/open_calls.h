// The calls that are not over: until their answers are sent, or given up.

#ifndef ROLEGATE_SERVICE_ANSWER_OPEN_CALLS_H_
#define ROLEGATE_SERVICE_ANSWER_OPEN_CALLS_H_

#include <atomic>

namespace rolegate::service {

// What a stopping server waits for.  An open call holds no place: a place is
// given back when its handler returns, and whoever then does not read the
// answer keeps nobody else from being served.  Thread-safe.
class OpenCalls {
 public:
  // False once closed: there is nothing to Leave.
  bool Enter() {
    count_.fetch_add(1, std::memory_order_acq_rel);
    if (!closed_.load(std::memory_order_acquire)) return true;
    Leave();
    return false;
  }
  void Leave() { count_.fetch_sub(1, std::memory_order_release); }

  // Lets nobody in any more.
  void Close() { closed_.store(true, std::memory_order_release); }
  int count() const { return count_.load(std::memory_order_acquire); }

 private:
  std::atomic<int> count_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_OPEN_CALLS_H_
