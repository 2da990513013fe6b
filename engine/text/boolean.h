// The values of the Bool operator.

#ifndef ROLEGATE_ENGINE_TEXT_BOOLEAN_H_
#define ROLEGATE_ENGINE_TEXT_BOOLEAN_H_

#include <cstddef>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// "true" and "false" in any letter case.
inline std::optional<bool> ParseBool(absl::string_view text) {
  const auto is = [text](absl::string_view word) {
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (absl::ascii_tolower(static_cast<unsigned char>(text[i])) != word[i]) {
        return false;
      }
    }
    return true;
  };
  if (is("true")) return true;
  if (is("false")) return false;
  return std::nullopt;
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_BOOLEAN_H_
