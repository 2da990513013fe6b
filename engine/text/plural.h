// Counts in messages for people: "1 role", "2 roles", "3 policies".

#ifndef ROLEGATE_ENGINE_TEXT_PLURAL_H_
#define ROLEGATE_ENGINE_TEXT_PLURAL_H_

#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// `noun` is the word for one.
inline std::string Count(std::uint64_t count, absl::string_view noun) {
  if (count == 1) return absl::StrCat("1 ", noun);
  if (absl::EndsWith(noun, "licy")) {  // "policy" and its like
    noun.remove_suffix(1);
    return absl::StrCat(count, " ", noun, "ies");
  }
  return absl::StrCat(count, " ", noun, "s");
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_PLURAL_H_
