// Remembers the results of conditions that many questions of one call share.

#ifndef ROLEGATE_ENGINE_DECIDE_CONDITION_MEMO_H_
#define ROLEGATE_ENGINE_DECIDE_CONDITION_MEMO_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace rolegate {

enum class ConditionResult : std::uint8_t;

// Remembers the results of conditions whose keys and variables are the same for
// all questions of a call: those of the caller, the moment and the common
// context.  Keeps what they cost, too, so that a question's budget is charged
// as if it had been asked alone.  A result that finds no room is worked out
// again.  For one thread and one call, whose policies must outlive it.
class ConditionMemo {
 public:
  struct Entry {
    const void* condition = nullptr;  // ConditionView::identity
    std::uint64_t steps = 0;
    ConditionResult result = {};
  };

  // Returns null if the condition's result is not known.
  const Entry* Find(const void* condition) const {
    const Entry& entry = entries_[SlotOf(condition)];
    return entry.condition == condition ? &entry : nullptr;
  }

  // Before a condition is tested, and whenever a key of it turned out to be of
  // one question only.
  void Begin() { of_question_ = false; }
  void MarkOfQuestion() { of_question_ = true; }

  // After it was.
  void Put(const void* condition, ConditionResult result, std::uint64_t steps) {
    Entry& entry = entries_[SlotOf(condition)];
    // The costlier one stays.
    if (of_question_ || steps < kMinSteps || steps < entry.steps) return;
    entry = {condition, steps, result};
  }

  // Counts steps that were charged to a question although the memo saved the
  // work.
  void Save(std::uint64_t steps) { saved_ += steps; }
  std::uint64_t TakeSaved() {
    const std::uint64_t saved = saved_;
    saved_ = 0;
    return saved;
  }

 private:
  // Others are as quickly tested as found.
  static constexpr std::uint64_t kMinSteps = 100;
  static constexpr std::size_t kSlots = 512;

  static std::size_t SlotOf(const void* condition) {
    const auto address = reinterpret_cast<std::uintptr_t>(condition);
    return (address >> 2) * 0x9e3779b97f4a7c15u >> 55;
  }

  std::array<Entry, kSlots> entries_ = {};
  bool of_question_ = false;
  std::uint64_t saved_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_CONDITION_MEMO_H_
