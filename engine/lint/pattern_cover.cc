#include "engine/lint/pattern_cover.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "engine/arn.h"

namespace rolegate {
namespace {

constexpr auto npos = absl::string_view::npos;

char Fold(char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); }

bool HasVariable(absl::string_view text) { return text.find("${") != npos; }

bool SamePatterns(const PatternElement& a, const PatternElement& b) {
  return a.patterns.size() == b.patterns.size() &&
         std::equal(a.patterns.begin(), a.patterns.end(), b.patterns.begin(),
                    [](const SourceText& x, const SourceText& y) {
                      return x.value == y.value;
                    });
}

template <typename Covers>
bool ElementCovers(const PatternElement& general, const PatternElement& special,
                   Covers covers) {
  if (general.negated || special.negated) {
    return general.negated == special.negated && SamePatterns(general, special);
  }
  return std::all_of(special.patterns.begin(), special.patterns.end(),
                     [&](const SourceText& one) {
                       return std::any_of(
                           general.patterns.begin(), general.patterns.end(),
                           [&](const SourceText& other) {
                             return covers(other.value, one.value);
                           });
                     });
}

// Reads the special pattern as a text: its `*` is covered by a `*` alone, its
// `?` by either.  The last `*` is the only one ever taken back.
template <typename Same>
bool Covers(absl::string_view general, absl::string_view special, Same same,
            std::int64_t* steps_left) {
  std::size_t g = 0;
  std::size_t s = 0;
  std::size_t star = npos;
  std::size_t star_s = 0;
  while (s < special.size()) {
    if (--*steps_left < 0) return false;
    if (g < general.size() && general[g] == '*') {
      star = g++;
      star_s = s;
    } else if (g < general.size() && special[s] != '*' &&
               (general[g] == '?' || same(general[g], special[s]))) {
      ++g;
      ++s;
    } else if (star != npos) {
      g = star + 1;
      s = ++star_s;
    } else {
      return false;
    }
  }
  while (g < general.size() && general[g] == '*') ++g;
  return g == general.size();
}

}  // namespace

bool PatternCover::Texts(absl::string_view general, absl::string_view special) {
  // What a variable stands for may be any text.
  if (HasVariable(general) || HasVariable(special)) return general == special;
  return Covers(
      general, special, [](char a, char b) { return a == b; }, &steps_left_);
}

bool PatternCover::Actions(absl::string_view general,
                           absl::string_view special) {
  return Covers(
      general, special, [](char a, char b) { return Fold(a) == Fold(b); },
      &steps_left_);
}

bool PatternCover::Resources(absl::string_view general,
                             absl::string_view special) {
  if (general == "*" || general == special) return true;
  const auto g = Arn::Parse(general);
  const auto s = Arn::Parse(special);
  return g && s && Texts(g->partition, s->partition) &&
         Texts(g->service, s->service) && Texts(g->region, s->region) &&
         Texts(g->account, s->account) && Texts(g->resource, s->resource);
}

bool PatternCover::ActionElements(const PatternElement& general,
                                  const PatternElement& special) {
  return ElementCovers(general, special,
                       [this](absl::string_view a, absl::string_view b) {
                         return Actions(a, b);
                       });
}

bool PatternCover::ResourceElements(const PatternElement& general,
                                    const PatternElement& special) {
  return ElementCovers(general, special,
                       [this](absl::string_view a, absl::string_view b) {
                         return Resources(a, b);
                       });
}

}  // namespace rolegate
