// The monotonic clock of a fuzz target, which nothing but the target moves:
// the same input takes the same time, and an hour takes none.

#ifndef ROLEGATE_TESTS_FUZZ_FUZZ_CLOCK_H_
#define ROLEGATE_TESTS_FUZZ_FUZZ_CLOCK_H_

#include "service/base/monotonic.h"

namespace rolegate::fuzz {

void SetClock(service::MonotonicTime now);
void MoveClock(service::MonotonicTime::duration by);

}  // namespace rolegate::fuzz

#endif  // ROLEGATE_TESTS_FUZZ_FUZZ_CLOCK_H_
