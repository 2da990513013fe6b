// Spans that wait, for many threads that add and one that takes, without a
// lock.
//
// Each place has a turn.  It is the number of the span that may come there, and
// one more once that span has come; the next round's number once it is taken.
// (Dmitry Vyukov's bounded queue.)

#ifndef ROLEGATE_SERVICE_TRACING_SPAN_QUEUE_H_
#define ROLEGATE_SERVICE_TRACING_SPAN_QUEUE_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "service/tracing/span.h"

namespace rolegate::service {

class SpanQueue {
 public:
  // With one place alone, a span that has come and the next one that may come
  // would have the same turn.
  explicit SpanQueue(std::size_t size)
      : size_(std::max<std::size_t>(size, 2)),
        places_(std::make_unique<Place[]>(size_)) {
    for (std::size_t i = 0; i < size_; ++i) places_[i].turn = i;
  }

  // From any thread.  False, and the span is gone, if all places are taken.
  bool Add(std::unique_ptr<Span> span) {
    std::uint64_t number = next_.load(std::memory_order_relaxed);
    while (true) {
      Place& place = places_[number % size_];
      const std::uint64_t turn = place.turn.load(std::memory_order_acquire);
      if (turn < number) return false;  // the span of the last round is there
      if (turn > number) {              // another thread was faster
        number = next_.load(std::memory_order_relaxed);
      } else if (next_.compare_exchange_weak(number, number + 1,
                                             std::memory_order_relaxed)) {
        place.span = std::move(span);
        place.turn.store(number + 1, std::memory_order_release);
        return true;
      }
    }
  }

  // From one thread.  The span that has waited longest; null if none does.
  std::unique_ptr<Span> Take() {
    Place& place = places_[taken_ % size_];
    if (place.turn.load(std::memory_order_acquire) != taken_ + 1) {
      return nullptr;
    }
    std::unique_ptr<Span> span = std::move(place.span);
    place.turn.store(taken_ + size_, std::memory_order_release);
    ++taken_;
    return span;
  }

 private:
  struct Place {
    std::atomic<std::uint64_t> turn;
    std::unique_ptr<Span> span;
  };

  const std::size_t size_;
  const std::unique_ptr<Place[]> places_;
  std::atomic<std::uint64_t> next_{0};  // the number of the next span
  std::uint64_t taken_ = 0;             // how many were taken
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_TRACING_SPAN_QUEUE_H_
