// Finds a literal in a text, whatever both hold, in steps that grow with
// their sizes and never with the product of them.

#ifndef ROLEGATE_ENGINE_TEXT_LITERAL_SEARCH_H_
#define ROLEGATE_ENGINE_TEXT_LITERAL_SEARCH_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "engine/text/steps.h"

namespace rolegate {

// Returns where `literal` first occurs in `text`; npos if it does not.  The
// empty literal occurs at the beginning.  Charges what the search took.
std::size_t FindLiteral(absl::string_view text, absl::string_view literal,
                        StepBudget* budget);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_LITERAL_SEARCH_H_
