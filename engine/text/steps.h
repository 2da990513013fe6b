// Budgets of work, counted in steps and never in time, so that the same
// question has the same answer on a busy machine and on an idle one.

#ifndef ROLEGATE_ENGINE_TEXT_STEPS_H_
#define ROLEGATE_ENGINE_TEXT_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

namespace rolegate {

// How much work something may cost and how much it has cost so far.  A step is
// about a nanosecond of work on the machine that docs/performance.md names.
//
// Work is charged before it is done, piece by piece, each piece small.  Who
// finds the budget exhausted stops and refuses: what was found out until then
// is part of an answer and must never be given for a whole one.
//
// For one thread.
class StepBudget {
 public:
  // More than any work ever takes.
  static constexpr std::uint64_t kUnlimited =
      std::numeric_limits<std::uint64_t>::max();

  explicit constexpr StepBudget(std::uint64_t limit) : limit_(limit) {}

  // Charges `steps`, which are fewer than 2^60, and returns whether the work
  // may be done.  Once this has returned false it always does.
  bool Spend(std::uint64_t steps) {
    spent_ += steps;
    return !exhausted();
  }

  // Whether more was charged than the limit.
  bool exhausted() const { return spent_ > limit_; }

  // Returns what was charged in all, including the work that was refused.
  std::uint64_t spent() const { return spent_; }
  std::uint64_t limit() const { return limit_; }

 private:
  std::uint64_t spent_ = 0;
  std::uint64_t limit_;
};

// The most that one check may cost unless a setting says otherwise.
inline constexpr std::uint64_t kMaxCheckSteps = 16'000'000;

// The most that one call may cost unless a setting says otherwise: all checks
// of a batch together, or a check that is explained.
inline constexpr std::uint64_t kMaxCallSteps = 40'000'000;

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_STEPS_H_
