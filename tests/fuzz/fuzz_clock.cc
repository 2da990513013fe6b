#include "tests/fuzz/fuzz_clock.h"

namespace {

std::chrono::steady_clock::time_point fuzz_time;

}  // namespace

// Takes the place of the standard library's own in this program.
std::chrono::steady_clock::time_point
std::chrono::steady_clock::now() noexcept {
  return fuzz_time;
}

namespace rolegate::fuzz {

void SetClock(service::MonotonicTime now) { fuzz_time = now; }

void MoveClock(service::MonotonicTime::duration by) { fuzz_time += by; }

}  // namespace rolegate::fuzz
