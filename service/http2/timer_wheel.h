// Timers by the ten thousand, for one thread: to set one and to take it back
// costs the same however many there are.

#ifndef ROLEGATE_SERVICE_HTTP2_TIMER_WHEEL_H_
#define ROLEGATE_SERVICE_HTTP2_TIMER_WHEEL_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "service/base/monotonic.h"

namespace rolegate::service::http2 {

class TimerWheel;

// Calls OnTime once, at the time that it is set to or up to TimerWheel::kTick
// later.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool set() const { return next_ != nullptr; }
  void Cancel();

 protected:
  ~Timer() { Cancel(); }

 private:
  friend class TimerWheel;

  // May set and cancel any timer, and end this one.
  virtual void OnTime() = 0;

  Timer* before_ = nullptr;
  Timer* next_ = nullptr;  // null: not set
  std::int64_t tick_ = 0;
};

// A ring of lists, each for the timers of one tick, and of those that come
// whole turns later.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{20};

  explicit TimerWheel(MonotonicTime now);
  ~TimerWheel();  // no timer may be set any more

  // One that is set already is moved.  What is past comes with the next tick.
  void Set(Timer* timer, MonotonicTime at);

  // Calls the timers that are due.
  void Advance(MonotonicTime now);

  // When to advance next; nothing while no timer is set.  There may be nothing
  // due then.
  std::optional<MonotonicTime> Next() const;

 private:
  static constexpr std::size_t kSlots = 512;
  // The head of a list, which is no timer.
  class Head final : public Timer {
    void OnTime() override {}
  };

  static std::int64_t TickOf(MonotonicTime time);
  static void Insert(Timer* head, Timer* timer);

  std::int64_t now_;  // the tick until which timers were called
  std::array<Head, kSlots> slots_;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_TIMER_WHEEL_H_
