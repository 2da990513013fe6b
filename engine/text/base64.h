// Base64 as RFC 4648 section 4 has it: padded, without white space.

#ifndef ROLEGATE_ENGINE_TEXT_BASE64_H_
#define ROLEGATE_ENGINE_TEXT_BASE64_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

// Returns nothing unless `text` is canonical.  It refuses any other spelling of
// the same bytes, such as one with white space or without padding.
std::optional<std::string> DecodeBase64(absl::string_view text);

// Whether `text` is canonical base64, without decoding it.
bool IsBase64(absl::string_view text);

// Whether the canonical base64 `text` stands for `bytes`.  Allocates nothing.
bool Base64Equals(absl::string_view text, absl::string_view bytes);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_BASE64_H_
