// What matching costs, for tests: time says nothing on a busy machine.

#ifndef ROLEGATE_ENGINE_STEPS_H_
#define ROLEGATE_ENGINE_STEPS_H_

#include <cstddef>
#include <cstdint>

namespace rolegate {

// A step looks at one character of a text or at one piece of a pattern.
// Nothing is counted unless this is compiled for the test that counts.
#ifdef ROLEGATE_COUNT_STEPS
inline thread_local std::uint64_t steps_taken = 0;
inline void CountSteps(std::size_t steps) { steps_taken += steps; }
#else
inline void CountSteps(std::size_t) {}
#endif

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STEPS_H_
