#include "engine/lint/pattern_cover.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr auto npos = absl::string_view::npos;

// The cost of comparing two patterns: before the first of their characters, for
// each character, and for cutting two ARNs into parts.
constexpr std::uint64_t kStepsOfPair = 16;
constexpr std::uint64_t kStepsOfCharacter = 5;
constexpr std::uint64_t kStepsOfArns = 100;

// Whether there are variables in two texts.
constexpr std::uint64_t kStepsOfSearch = 24;

// Characters that are only passed over, or compared with equal ones, go many
// at a time.
constexpr std::size_t kCharactersOfStep = 16;

char Fold(char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); }

bool HasVariable(absl::string_view text) { return text.find("${") != npos; }

// Reads the special pattern as a text: its `*` is covered by a `*` alone, its
// `?` by either.  The last `*` is the only one ever taken back.
template <typename IsSame>
bool Covers(absl::string_view general, absl::string_view special,
            IsSame is_same, StepBudget& steps) {
  if (steps.exhausted()) return false;
  // Most pairs differ in their first characters.
  if (!general.empty() && !special.empty() && general[0] != '*' &&
      general[0] != '?' && !is_same(general[0], special[0])) {
    steps.Spend(kStepsOfCharacter);
    return false;
  }
  if (!steps.Spend(kStepsOfPair)) return false;
  std::size_t g = 0;
  std::size_t s = 0;
  std::size_t star = npos;
  std::size_t star_s = 0;
  while (s < special.size()) {
    if (!steps.Spend(kStepsOfCharacter)) return false;
    if (g < general.size() && general[g] == '*') {
      star = g++;
      star_s = s;
    } else if (g < general.size() && special[s] != '*' &&
               (general[g] == '?' || is_same(general[g], special[s]))) {
      ++g;
      ++s;
    } else if (star != npos) {
      g = star + 1;
      s = ++star_s;
    } else {
      return false;
    }
  }
  while (g < general.size() && general[g] == '*') {
    if (!steps.Spend(1)) return false;
    ++g;
  }
  return g == general.size();
}

// Whether each pattern of `special` is covered by one of `general`.
template <typename IsCovered>
bool EachIsCovered(const PatternElement& general, const PatternElement& special,
                   const StepBudget& steps, IsCovered is_covered) {
  return std::all_of(special.patterns.begin(), special.patterns.end(),
                     [&](const SourceText& one) {
                       return std::any_of(
                           general.patterns.begin(), general.patterns.end(),
                           [&](const SourceText& other) {
                             return !steps.exhausted() &&
                                    is_covered(other.value, one.value);
                           });
                     });
}

}  // namespace

bool PatternCover::Same(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) {
    steps_.Spend(4);
    return false;
  }
  return steps_.Spend(8 + a.size() / kCharactersOfStep) && a == b;
}

bool PatternCover::Texts(absl::string_view general, absl::string_view special) {
  if (!steps_.Spend(kStepsOfSearch +
                    (general.size() + special.size()) / kCharactersOfStep)) {
    return false;
  }
  // A variable can stand for any text.
  if (HasVariable(general) || HasVariable(special)) return general == special;
  return Covers(
      general, special, [](char a, char b) { return a == b; }, steps_);
}

bool PatternCover::Actions(absl::string_view general,
                           absl::string_view special) {
  return Covers(
      general, special, [](char a, char b) { return Fold(a) == Fold(b); },
      steps_);
}

bool PatternCover::Resources(absl::string_view general,
                             absl::string_view special) {
  if (general == "*" || Same(general, special)) return true;
  if (!steps_.Spend(kStepsOfArns + general.size() + special.size())) {
    return false;
  }
  const auto g = Arn::Parse(general);
  const auto s = Arn::Parse(special);
  return g && s && Texts(g->partition, s->partition) &&
         Texts(g->service, s->service) && Texts(g->region, s->region) &&
         Texts(g->account, s->account) && Texts(g->resource, s->resource);
}

bool PatternCover::SamePatterns(const PatternElement& a,
                                const PatternElement& b) {
  return a.patterns.size() == b.patterns.size() &&
         std::equal(a.patterns.begin(), a.patterns.end(), b.patterns.begin(),
                    [this](const SourceText& x, const SourceText& y) {
                      return Same(x.value, y.value);
                    });
}

bool PatternCover::ActionElements(const PatternElement& general,
                                  const PatternElement& special) {
  if (general.negated || special.negated) {
    return general.negated == special.negated && SamePatterns(general, special);
  }
  return EachIsCovered(general, special, steps_,
                       [this](absl::string_view a, absl::string_view b) {
                         return Actions(a, b);
                       });
}

bool PatternCover::ResourceElements(const PatternElement& general,
                                    const PatternElement& special) {
  if (general.negated || special.negated) {
    return general.negated == special.negated && SamePatterns(general, special);
  }
  return EachIsCovered(general, special, steps_,
                       [this](absl::string_view a, absl::string_view b) {
                         return Resources(a, b);
                       });
}

}  // namespace rolegate
