// Texts as they are shown to people: in logs, on terminals, and in protocols
// that carry UTF-8 alone.

#ifndef ROLEGATE_ENGINE_TEXT_PRINTABLE_H_
#define ROLEGATE_ENGINE_TEXT_PRINTABLE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

// Bytes of the well-formed UTF-8 character at the front of `text`; 0 if there
// is none.  Overlong forms, surrogates and what lies above U+10FFFF are none.
std::size_t Utf8Size(absl::string_view text);

// Whether the character of `Utf8Size` bytes ends a line or controls a
// terminal: ASCII's control characters, U+0080 to U+009F, U+2028 and U+2029.
bool IsControl(absl::string_view character);

// Whether `text` is UTF-8 without control characters.
bool IsPrintable(absl::string_view text);

// The text itself if it is printable; else each byte that is no UTF-8, or is
// part of a control character, stands as `\xHH`.
std::string Printable(absl::string_view text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_PRINTABLE_H_
