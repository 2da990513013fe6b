// Whether one pattern matches everything that another matches.

#ifndef ROLEGATE_ENGINE_LINT_PATTERN_COVER_H_
#define ROLEGATE_ENGINE_LINT_PATTERN_COVER_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/policy_document.h"

namespace rolegate {

// Answers "yes" only if it is so; "no" may also mean that it was too much work
// to say, for a document may be hostile: all answers together take a bounded
// number of steps.
class PatternCover {
 public:
  // Patterns of `*` and `?` over any text.
  bool Texts(absl::string_view general, absl::string_view special);
  bool Actions(absl::string_view general, absl::string_view special);
  // The first five parts of ARNs are compared by themselves.
  bool Resources(absl::string_view general, absl::string_view special);

  // Every pattern of `special` by one of `general`; a Not- element only by
  // one of the same patterns.
  bool ActionElements(const PatternElement& general,
                      const PatternElement& special);
  bool ResourceElements(const PatternElement& general,
                        const PatternElement& special);

 private:
  std::int64_t steps_left_ = 10'000'000;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_PATTERN_COVER_H_
