// Time that nobody can set.  A wait or a count by this clock goes on correctly
// when somebody sets the wall clock back.

#ifndef ROLEGATE_SERVICE_BASE_MONOTONIC_H_
#define ROLEGATE_SERVICE_BASE_MONOTONIC_H_

#include <chrono>

#include "absl/time/time.h"

namespace rolegate::service {

using MonotonicTime = std::chrono::steady_clock::time_point;

inline MonotonicTime MonotonicNow() { return std::chrono::steady_clock::now(); }

// An infinite duration is the longest that the clock can tell.
inline MonotonicTime::duration ToMonotonic(absl::Duration duration) {
  return absl::ToChronoNanoseconds(duration);
}

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_MONOTONIC_H_
