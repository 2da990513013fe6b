// Names common mistakes in JSON text, for messages that say what to do.

#ifndef ROLEGATE_ENGINE_JSON_JSON_MISTAKES_H_
#define ROLEGATE_ENGINE_JSON_JSON_MISTAKES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

// Says what a text is that cannot be JSON because of how it is encoded: it
// begins with a byte order mark, is UTF-16, or is compressed.  Empty if it is
// none of these.  Looks at the first bytes only.
absl::string_view EncodingMistake(absl::string_view text);

// Says which common mistake stands at `offset`, where a parser gave up: a
// comment, a trailing comma, single quotes, a line break in a string, a second
// value, YAML.  Empty if it is none that is known.  The strings before `offset`
// may have been decoded in place.
std::string SyntaxMistake(absl::string_view text, std::size_t offset);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_JSON_JSON_MISTAKES_H_
