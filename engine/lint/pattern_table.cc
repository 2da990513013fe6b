#include "engine/lint/pattern_table.h"

#include <algorithm>
#include <bit>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace rolegate {
namespace {

// The cost of putting a text into a table, or of looking for one, besides the
// cost of its characters.
constexpr std::uint64_t kStepsOfAdding = 200;
constexpr std::uint64_t kStepsOfLookup = 48;
constexpr std::uint64_t kStepsOfComparing = 8;
constexpr std::size_t kCharactersOfStep = 8;

// Returns the cost of searching one text among `count` texts in order.
std::uint64_t StepsOfSearch(std::size_t count) {
  return kStepsOfComparing * static_cast<std::uint64_t>(std::bit_width(count));
}

}  // namespace

std::string PatternTable::Fold(absl::string_view text) const {
  return letter_case_ == LetterCase::kIgnored ? absl::AsciiStrToLower(text)
                                              : std::string(text);
}

bool PatternTable::Add(absl::string_view pattern, std::uint32_t number) {
  if (steps_.exhausted() ||
      !steps_.Spend(kStepsOfAdding + pattern.size() / kCharactersOfStep)) {
    return true;
  }
  const std::string text = Fold(pattern);
  const std::size_t wildcard = text.find_first_of("*?");
  if (wildcard != std::string::npos) {
    beginnings_[text.substr(0, wildcard)].push_back(number);
  }
  Numbers& numbers = whole_[text];
  numbers.push_back(number);
  return numbers.size() == 1;
}

bool PatternTable::AnyCandidate(absl::string_view special,
                                absl::FunctionRef<bool(std::uint32_t)> f) {
  return AnyList(special, [f](const Numbers& numbers) {
    return std::any_of(numbers.begin(), numbers.end(), f);
  });
}

std::size_t PatternTable::CountCandidates(absl::string_view special) {
  std::size_t count = 0;
  AnyList(special, [&count](const Numbers& numbers) {
    count += numbers.size();
    return false;
  });
  return count;
}

void PatternTable::Order() {
  if (!ordered_.empty() || beginnings_.empty()) return;
  if (!steps_.Spend(beginnings_.size() * StepsOfSearch(beginnings_.size()))) {
    return;
  }
  ordered_.reserve(beginnings_.size());
  for (const auto& [text, numbers] : beginnings_) {
    ordered_.push_back({text, numbers, -1});
  }
  std::sort(
      ordered_.begin(), ordered_.end(),
      [](const Beginning& a, const Beginning& b) { return a.text < b.text; });
  // In this order what begins with a text follows it in one piece.
  for (std::size_t i = 1; i < ordered_.size(); ++i) {
    auto before = static_cast<std::ptrdiff_t>(i) - 1;
    while (before >= 0 &&
           !absl::StartsWith(ordered_[i].text, ordered_[before].text)) {
      before = ordered_[before].shorter;
    }
    ordered_[i].shorter = before;
  }
}

bool PatternTable::AnyList(absl::string_view special,
                           absl::FunctionRef<bool(const Numbers&)> f) {
  Order();
  if (!steps_.Spend(kStepsOfLookup + StepsOfSearch(ordered_.size()) +
                    special.size() / kCharactersOfStep)) {
    return false;
  }
  const std::string text = Fold(special);
  const auto whole = whole_.find(text);
  if (whole != whole_.end() && f(whole->second)) return true;
  // All that the text begins with is a beginning of the one next before it.
  auto at = std::upper_bound(ordered_.begin(), ordered_.end(), text,
                             [](const std::string& t, const Beginning& b) {
                               return t < b.text;
                             }) -
            ordered_.begin() - 1;
  for (; at >= 0; at = ordered_[at].shorter) {
    if (!steps_.Spend(kStepsOfComparing)) return false;
    if (absl::StartsWith(text, ordered_[at].text) && f(ordered_[at].numbers)) {
      return true;
    }
  }
  return false;
}

}  // namespace rolegate
