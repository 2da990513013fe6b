// Letter case in UTF-8 text, whatever the script.  Folding is Unicode's simple
// one, in which each character becomes one character; no locale matters.  The
// table is of Unicode 15.0.0 (case_folding_table.h).

#ifndef ROLEGATE_ENGINE_TEXT_CASE_FOLDING_H_
#define ROLEGATE_ENGINE_TEXT_CASE_FOLDING_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

// Returns what a character folds to: `s` for `S`, and itself if it has no case.
std::uint32_t FoldCharacter(std::uint32_t character);

// Removes `prefix` from the front of `text` if it is there after folding both.
bool ConsumePrefixFolded(absl::string_view* text, absl::string_view prefix);

// The same for the names of condition keys and tags, but that a character
// beyond ASCII never folds into ASCII: `aws:` is spelled with those letters, so
// that no key can pass for one of AWS's.
std::uint32_t FoldNameCharacter(std::uint32_t character);

// Whether two names differ in letter case at most.
bool EqualNames(absl::string_view a, absl::string_view b);

// Returns a name in which every character is folded.
std::string FoldedName(absl::string_view name);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_CASE_FOLDING_H_
