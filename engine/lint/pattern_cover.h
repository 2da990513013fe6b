// Whether one pattern matches everything that another matches.

#ifndef ROLEGATE_ENGINE_LINT_PATTERN_COVER_H_
#define ROLEGATE_ENGINE_LINT_PATTERN_COVER_H_

#include "absl/strings/string_view.h"
#include "engine/policy/policy_document.h"
#include "engine/text/steps.h"

namespace rolegate {

// Answers "yes" only if it is so; "no" may also mean that `steps` were
// exhausted, for a document may be hostile.
class PatternCover {
 public:
  // `steps` must outlive this.  A step looks at one character of both patterns.
  explicit PatternCover(StepBudget& steps) : steps_(steps) {}

  // Whether the texts are the same.
  bool Same(absl::string_view a, absl::string_view b);
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
  bool SamePatterns(const PatternElement& a, const PatternElement& b);

  StepBudget& steps_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_PATTERN_COVER_H_
