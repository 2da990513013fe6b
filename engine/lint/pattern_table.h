// Finds the patterns that may cover a given one.

#ifndef ROLEGATE_ENGINE_LINT_PATTERN_TABLE_H_
#define ROLEGATE_ENGINE_LINT_PATTERN_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "engine/text/steps.h"

namespace rolegate {

enum class LetterCase : std::uint8_t { kMatters, kIgnored };

// Patterns by what stands before their first wildcard, so that a list of a
// thousand patterns is not compared with itself a million times.  A pattern
// covers what is equal to it, and what begins as it does if it has a wildcard.
class PatternTable {
 public:
  // `steps` must outlive this.  The table takes no more patterns and finds
  // none once they are exhausted.
  PatternTable(LetterCase letter_case, StepBudget& steps)
      : letter_case_(letter_case), steps_(steps) {}

  // Adds a pattern under a number of the caller's.  False if an equal one was
  // there already.  Before the first question.
  bool Add(absl::string_view pattern, std::uint32_t number);

  // Calls `f(number)` for the patterns that may cover `special`, for some of
  // them twice, until it returns true: whether it did.
  bool AnyCandidate(absl::string_view special,
                    absl::FunctionRef<bool(std::uint32_t)> f);

  // For how many AnyCandidate calls `f` that never returns true.
  std::size_t CountCandidates(absl::string_view special);

  bool has_wildcards() const { return !beginnings_.empty(); }

 private:
  using Numbers = absl::InlinedVector<std::uint32_t, 2>;

  // The text before the first wildcard, which some patterns share.
  struct Beginning {
    std::string text;
    Numbers numbers;
    std::ptrdiff_t shorter;  // the longest other that `text` begins with; or -1
  };

  std::string Fold(absl::string_view text) const;

  // Puts the beginnings in order, the first time.
  void Order();

  // Calls `f(numbers)` until it returns true: whether it did.
  bool AnyList(absl::string_view special,
               absl::FunctionRef<bool(const Numbers&)> f);

  const LetterCase letter_case_;
  StepBudget& steps_;
  absl::flat_hash_map<std::string, Numbers> whole_;
  // The patterns with wildcards once more, by the text before the first
  // wildcard.
  absl::flat_hash_map<std::string, Numbers> beginnings_;
  std::vector<Beginning> ordered_;  // empty before the first question
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_PATTERN_TABLE_H_
