// Characters of UTF-8 text, as the policy language counts them.

#ifndef ROLEGATE_ENGINE_TEXT_TEXT_H_
#define ROLEGATE_ENGINE_TEXT_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

// Bytes of the character at the front of `text`, which is not empty: a code
// point's, or 1 where the bytes are not UTF-8.  Every byte is part of exactly
// one character, so that no byte can hide from a wildcard.
std::size_t CharacterSize(absl::string_view text);

// Removes the character at the front of `text`, which is not empty, and returns
// its code point.  A byte that is not UTF-8 has a value beyond Unicode, so that
// it equals itself alone.
std::uint32_t TakeCharacter(absl::string_view* text);

// Appends a character that TakeCharacter returned.
void AppendCharacter(std::uint32_t character, std::string* text);

// Whether one of ASCII's control characters is in it.
bool HasControlCharacter(absl::string_view text);

// Returns as much of the front of `text` as fits into `max_bytes`, without a
// part of a character at its end.
absl::string_view CutToBytes(absl::string_view text, std::size_t max_bytes);

// Finds the same needle again and again, each time at or behind a place that
// is not before the last one: all searches together read the text once.
class ForwardSearch {
 public:
  // Both must outlive this.
  ForwardSearch(absl::string_view text, absl::string_view needle)
      : text_(text), needle_(needle) {}

  // Returns where the needle begins, at `from` or behind it; npos if it does
  // not.
  std::size_t At(std::size_t from) {
    // npos is behind every place.
    if (!next_ || *next_ < from) next_ = text_.find(needle_, from);
    return *next_;
  }

 private:
  const absl::string_view text_;
  const absl::string_view needle_;
  std::optional<std::size_t> next_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_TEXT_H_
