#include "engine/text/literal_search.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

using absl::string_view;

constexpr std::size_t kNowhere = string_view::npos;
constexpr std::size_t kWordBits = 64;

// Most literals are found by their first byte.  After too many candidates that
// do not match, one of the searches below takes over.
constexpr std::uint64_t kPatience = 64;

// Shift-and: bit i is set while the first i + 1 bytes of the literal are what
// the text ends with so far.  For literals of up to a word of bytes.
std::size_t FindByWord(string_view text, string_view literal) {
  std::array<std::uint64_t, 256> places = {};
  for (std::size_t i = 0; i < literal.size(); ++i) {
    places[static_cast<unsigned char>(literal[i])] |= std::uint64_t{1} << i;
  }
  const std::uint64_t last = std::uint64_t{1} << (literal.size() - 1);
  std::uint64_t matched = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    matched =
        ((matched << 1) | 1) & places[static_cast<unsigned char>(text[at])];
    if ((matched & last) != 0) return at + 1 - literal.size();
  }
  return kNowhere;
}

// Two-way string matching (Crochemore and Perrin, 1991): the literal is cut
// where no repetition crosses the cut, its right part is compared forwards and
// then its left part backwards, so that no byte of the text is looked at more
// than twice and no memory is needed.
class TwoWay {
 public:
  explicit TwoWay(string_view literal) : literal_(literal) {
    std::size_t period = 0;
    std::size_t other_period = 0;
    const std::size_t cut = MaximalSuffix(false, &period);
    const std::size_t other_cut = MaximalSuffix(true, &other_period);
    cut_ = std::max(cut, other_cut);
    period_ = cut >= other_cut ? period : other_period;
    periodic_ =
        period_ + cut_ <= literal.size() &&
        std::memcmp(literal.data(), literal.data() + period_, cut_) == 0;
    if (!periodic_) period_ = std::max(cut_, literal.size() - cut_) + 1;
  }

  std::size_t Find(string_view text) const {
    const std::size_t size = literal_.size();
    // How much of the literal's beginning is known to match, because the
    // literal was shifted by its period behind a match of its right part.
    std::size_t known = 0;
    for (std::size_t at = 0; at + size <= text.size();) {
      std::size_t i = std::max(cut_, known);
      while (i < size && literal_[i] == text[at + i]) ++i;
      if (i < size) {
        at += i - cut_ + 1;
        known = 0;
        continue;
      }
      i = cut_;
      while (i > known && literal_[i - 1] == text[at + i - 1]) --i;
      if (i <= known) return at;
      at += period_;
      known = periodic_ ? size - period_ : 0;
    }
    return kNowhere;
  }

 private:
  // Returns where the greatest suffix begins, by the order of bytes or by its
  // reverse, and the period of that suffix.
  std::size_t MaximalSuffix(bool reversed, std::size_t* period) const {
    std::size_t begin = 0;      // of the greatest suffix so far
    std::size_t candidate = 1;  // where another one begins
    std::size_t offset = 0;     // up to where both agree
    *period = 1;
    while (candidate + offset < literal_.size()) {
      const auto a = static_cast<unsigned char>(literal_[candidate + offset]);
      const auto b = static_cast<unsigned char>(literal_[begin + offset]);
      if (a == b) {
        if (++offset == *period) {
          candidate += *period;
          offset = 0;
        }
      } else if (reversed ? a > b : a < b) {
        candidate += offset + 1;
        offset = 0;
        *period = candidate - begin;
      } else {
        begin = candidate++;
        offset = 0;
        *period = 1;
      }
    }
    return begin;
  }

  const string_view literal_;
  std::size_t cut_ = 0;
  std::size_t period_ = 1;
  bool periodic_ = false;
};

// Looks at each byte of the text at most twice.
std::size_t FindSteadily(string_view text, string_view literal,
                         StepBudget* budget) {
  const bool by_word = literal.size() <= kWordBits;
  const std::size_t found =
      by_word ? FindByWord(text, literal) : TwoWay(literal).Find(text);
  const std::size_t end =
      found == kNowhere ? text.size() : found + literal.size();
  budget->Spend((by_word ? step_costs::kBitTable : 0) +
                literal.size() * step_costs::kPrepareByte +
                end * step_costs::kSearchByte);
  return found;
}

}  // namespace

std::size_t FindLiteral(string_view text, string_view literal,
                        StepBudget* budget) {
  if (literal.empty()) return 0;
  std::uint64_t disappointed = 0;
  for (std::size_t at = 0; text.size() - at >= literal.size();) {
    const std::size_t starts = text.size() - at - literal.size() + 1;
    const void* const first =
        std::memchr(text.data() + at, literal.front(), starts);
    if (first == nullptr) {
      budget->Spend(step_costs::kPart + step_costs::Bytes(starts));
      return kNowhere;
    }
    const auto candidate =
        static_cast<std::size_t>(static_cast<const char*>(first) - text.data());
    const std::uint64_t compared =
        step_costs::kCandidate + step_costs::Bytes(literal.size());
    budget->Spend(step_costs::Bytes(candidate - at) + compared);
    if (std::memcmp(first, literal.data(), literal.size()) == 0) {
      return candidate;
    }
    at = candidate + 1;
    disappointed += compared;
    if (disappointed > kPatience + at / 4) {
      const std::size_t found = FindSteadily(text.substr(at), literal, budget);
      return found == kNowhere ? kNowhere : at + found;
    }
  }
  return kNowhere;
}

}  // namespace rolegate
