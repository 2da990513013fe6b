#include "service/http2/timer_wheel.h"

#include <algorithm>

namespace rolegate::service::http2 {

void Timer::Cancel() {
  if (next_ == nullptr) return;
  before_->next_ = next_;
  next_->before_ = before_;
  next_ = nullptr;
  before_ = nullptr;
}

TimerWheel::TimerWheel(MonotonicTime now) : now_(TickOf(now)) {
  for (Head& head : slots_) head.before_ = head.next_ = &head;
}

TimerWheel::~TimerWheel() = default;

std::int64_t TimerWheel::TickOf(MonotonicTime time) {
  return time.time_since_epoch() / kTick;
}

void TimerWheel::Insert(Timer* head, Timer* timer) {
  timer->before_ = head->before_;
  timer->next_ = head;
  head->before_->next_ = timer;
  head->before_ = timer;
}

void TimerWheel::Set(Timer* timer, MonotonicTime at) {
  timer->Cancel();
  // Never too early, so the tick that follows.
  timer->tick_ = std::max(TickOf(at), now_) + 1;
  Insert(&slots_[static_cast<std::size_t>(timer->tick_) % kSlots], timer);
}

void TimerWheel::Advance(MonotonicTime now) {
  const std::int64_t until = TickOf(now);
  if (until <= now_) return;
  Head due;
  due.before_ = due.next_ = &due;
  // A whole turn passes every list.
  const std::int64_t first =
      std::max(now_ + 1, until - static_cast<std::int64_t>(kSlots) + 1);
  for (std::int64_t tick = first; tick <= until; ++tick) {
    Timer& head = slots_[static_cast<std::size_t>(tick) % kSlots];
    for (Timer* timer = head.next_; timer != &head;) {
      Timer* const next = timer->next_;
      if (timer->tick_ <= until) {
        timer->Cancel();
        Insert(&due, timer);
      }
      timer = next;
    }
  }
  now_ = until;
  while (due.next_ != &due) {
    Timer* const timer = due.next_;
    timer->Cancel();
    timer->OnTime();
  }
}

std::optional<MonotonicTime> TimerWheel::Next() const {
  for (std::size_t i = 1; i <= kSlots; ++i) {
    const std::int64_t tick = now_ + static_cast<std::int64_t>(i);
    const Timer& head = slots_[static_cast<std::size_t>(tick) % kSlots];
    if (head.next_ != &head) return MonotonicTime(tick * kTick);
  }
  return std::nullopt;
}

}  // namespace rolegate::service::http2
