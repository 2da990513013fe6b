// Near misses among names, for "did you mean".

#ifndef ROLEGATE_ENGINE_TEXT_SPELLING_H_
#define ROLEGATE_ENGINE_TEXT_SPELLING_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/text/steps.h"

namespace rolegate {

// The name in `known` that differs from `name` in letter case only or by at
// most `max_edits` characters; empty if there is none.  The nearest wins.
//
// Charges what it costs to `steps`, if that is not null, and returns empty
// once they are exhausted: a few for each known name, and some thirty for each
// character of those that are about as long.  A name longer than 64 characters
// is no misspelling of anything and costs none.
absl::string_view NearestName(absl::string_view name,
                              absl::Span<const absl::string_view> known,
                              std::size_t max_edits,
                              StepBudget* steps = nullptr);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_SPELLING_H_
