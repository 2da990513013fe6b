// The match of a pattern and a text by the simplest walk there is, which may
// take as many steps as the product of both: what the engine's own must equal.

#ifndef ROLEGATE_TESTS_SUPPORT_SIMPLE_WALK_H_
#define ROLEGATE_TESTS_SUPPORT_SIMPLE_WALK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "engine/text/text.h"

namespace rolegate::testing {

// A part of a pattern: `*`, `?` or a literal.
struct WalkPart {
  enum class Kind { kLiteral, kAnyOne, kAnyRun };
  Kind kind = Kind::kLiteral;
  std::string literal;
};

// Walks side by side; on a mismatch the last `*` takes one character more.
// Wildcards take no colon before `guarded_end`.
inline bool SimplyMatches(const std::vector<WalkPart>& pattern,
                          absl::string_view text, std::size_t guarded_end) {
  const auto may_take = [&](std::size_t at) {
    return at < text.size() && !(at < guarded_end && text[at] == ':');
  };
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t part = 0;
  std::size_t at = 0;
  std::size_t behind_star = kNone;
  std::size_t star_end = 0;
  for (;;) {
    bool fits = false;
    if (part == pattern.size()) {
      if (at == text.size()) return true;
    } else if (pattern[part].kind == WalkPart::Kind::kAnyRun) {
      behind_star = ++part;
      star_end = at;
      continue;
    } else if (pattern[part].kind == WalkPart::Kind::kAnyOne) {
      fits = may_take(at);
      if (fits) at += CharacterSize(text.substr(at));
    } else {
      fits = absl::StartsWith(text.substr(at), pattern[part].literal);
      if (fits) at += pattern[part].literal.size();
    }
    if (fits) {
      ++part;
      continue;
    }
    if (behind_star == kNone || !may_take(star_end)) return false;
    star_end += CharacterSize(text.substr(star_end));
    at = star_end;
    part = behind_star;
  }
}

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_SIMPLE_WALK_H_
