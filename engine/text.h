// Characters of UTF-8 text, as the policy language counts and folds them.

#ifndef ROLEGATE_ENGINE_TEXT_H_
#define ROLEGATE_ENGINE_TEXT_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace rolegate {

// Bytes of the character at the front of `text`, which is not empty: a code
// point's, or 1 where the bytes are not UTF-8.  Every byte is part of exactly
// one character, so that no byte can hide from a wildcard.
std::size_t CharacterSize(absl::string_view text);

// Removes `prefix` from the front of `text` if it is there after simple case
// folding of both (Unicode, status C and S; no locale).
bool ConsumePrefixFolded(absl::string_view* text, absl::string_view prefix);

// Whether one of ASCII's control characters is in it.
bool HasControlCharacter(absl::string_view text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_H_
