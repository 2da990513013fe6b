#include "engine/text/case_folding.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "engine/text/case_folding_table.h"
#include "engine/text/text.h"

namespace rolegate {
namespace {

constexpr std::uint32_t kAsciiEnd = 0x80;

// The table is read beyond ASCII only, for most text is ASCII.
std::uint32_t FoldBeyondAscii(std::uint32_t character) {
  const auto* const range = std::lower_bound(
      std::begin(kFoldedRanges), std::end(kFoldedRanges), character,
      [](const FoldedRange& each, std::uint32_t c) { return each.last < c; });
  if (range == std::end(kFoldedRanges) || character < range->first ||
      (character - range->first) % range->stride != 0) {
    return character;
  }
  return character + static_cast<std::uint32_t>(range->offset);
}

template <typename Fold>
bool ConsumePrefix(absl::string_view* text, absl::string_view prefix,
                   Fold fold) {
  absl::string_view rest = *text;
  while (!prefix.empty()) {
    if (rest.empty() ||
        fold(TakeCharacter(&rest)) != fold(TakeCharacter(&prefix))) {
      return false;
    }
  }
  *text = rest;
  return true;
}

}  // namespace

std::uint32_t FoldCharacter(std::uint32_t character) {
  if (character >= kAsciiEnd) return FoldBeyondAscii(character);
  return character >= 'A' && character <= 'Z' ? character + ('a' - 'A')
                                              : character;
}

bool ConsumePrefixFolded(absl::string_view* text, absl::string_view prefix) {
  return ConsumePrefix(text, prefix, FoldCharacter);
}

std::uint32_t FoldNameCharacter(std::uint32_t character) {
  const std::uint32_t folded = FoldCharacter(character);
  return character >= kAsciiEnd && folded < kAsciiEnd ? character : folded;
}

bool EqualNames(absl::string_view a, absl::string_view b) {
  return absl::EqualsIgnoreCase(a, b) ||
         (ConsumePrefix(&a, b, FoldNameCharacter) && a.empty());
}

std::string FoldedName(absl::string_view name) {
  std::string folded;
  folded.reserve(name.size());
  while (!name.empty()) {
    AppendCharacter(FoldNameCharacter(TakeCharacter(&name)), &folded);
  }
  return folded;
}

}  // namespace rolegate
