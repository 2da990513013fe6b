// A clock for waiting.

#ifndef ROLEGATE_ENGINE_REGISTRY_MONOTONIC_CLOCK_H_
#define ROLEGATE_ENGINE_REGISTRY_MONOTONIC_CLOCK_H_

#include <chrono>

#include "absl/time/time.h"

namespace rolegate {

// The time since some moment in the past, for differences.  People and NTP set
// the time of day, so that a wait that is measured by it ends too early or
// hours too late; nobody sets this clock.
inline absl::Duration MonotonicNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_MONOTONIC_CLOCK_H_
