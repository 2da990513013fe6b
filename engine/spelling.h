// Near misses among names, for "did you mean".

#ifndef ROLEGATE_ENGINE_SPELLING_H_
#define ROLEGATE_ENGINE_SPELLING_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate {

// How many single-character edits turn `a` into `b`.
std::size_t EditDistance(absl::string_view a, absl::string_view b);

// The name in `known` that differs from `name` in letter case only or by at
// most `max_edits` characters; empty if there is none.  The nearest wins.
absl::string_view NearestName(absl::string_view name,
                              absl::Span<const absl::string_view> known,
                              std::size_t max_edits);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_SPELLING_H_
