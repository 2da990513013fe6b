#include "engine/text/spelling.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"

namespace rolegate {
namespace {

// Longer names are no misspellings of ours.
constexpr std::size_t kMaxNameBytes = 64;

// The cost of looking at a name, of comparing it, and of each cell that is
// filled in.
constexpr std::uint64_t kStepsOfName = 4;
constexpr std::uint64_t kStepsOfComparing = 24;
constexpr std::uint64_t kStepsOfCell = 5;

void DropWhatIsCommon(absl::string_view* a, absl::string_view* b) {
  std::size_t front = 0;
  const std::size_t least = std::min(a->size(), b->size());
  while (front < least && (*a)[front] == (*b)[front]) ++front;
  a->remove_prefix(front);
  b->remove_prefix(front);
  while (!a->empty() && !b->empty() && a->back() == b->back()) {
    a->remove_suffix(1);
    b->remove_suffix(1);
  }
}

// How many single-character edits turn `a` into `b`, or any number above `max`
// if it takes more.  Looks at no more than the 2 * max + 1 diagonals that few
// edits can reach, and stops at the first row that has none in reach.  Adds
// the cells that it fills in to `*cells`.
int EditDistance(absl::string_view a, absl::string_view b, int max,
                 std::uint64_t* cells) {
  DropWhatIsCommon(&a, &b);
  const int far = max + 1;
  const int rows = static_cast<int>(a.size());
  const int columns = static_cast<int>(b.size());
  std::array<int, kMaxNameBytes + 1> row;  // the one above, then this one
  for (int j = 0; j <= std::min(columns, far); ++j) row[j] = j;
  for (int i = 1; i <= rows; ++i) {
    const int begin = std::max(i - max, 1);
    const int end = std::min(columns, i + max);
    // Beside the band nothing is in reach.
    int diagonal = row[begin - 1];
    int left = begin == 1 ? i : far;
    row[begin - 1] = left;
    if (end == i + max) row[end] = far;
    int least = left;
    for (int j = begin; j <= end; ++j) {
      const int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      left = std::min(std::min(diagonal, left) + 1, substituted);
      row[j] = left;
      least = std::min(least, left);
    }
    *cells += static_cast<std::uint64_t>(std::max(end + 1 - begin, 0));
    if (least > max) return far;
  }
  return std::min(row[columns], far);
}

}  // namespace

absl::string_view NearestName(absl::string_view name,
                              absl::Span<const absl::string_view> known,
                              std::size_t max_edits, StepBudget* steps) {
  if (name.size() > kMaxNameBytes) return {};
  absl::string_view best;
  int best_distance = static_cast<int>(max_edits) + 1;
  const auto size = static_cast<int>(name.size());
  for (absl::string_view candidate : known) {
    std::uint64_t cells = 0;
    std::uint64_t cost = kStepsOfName;
    // The number of characters that must come or go.
    const int longer = std::abs(size - static_cast<int>(candidate.size()));
    if (longer < best_distance && candidate.size() <= kMaxNameBytes) {
      cost += kStepsOfComparing;
      const int distance =
          absl::EqualsIgnoreCase(name, candidate)
              ? 0
              : EditDistance(name, candidate, best_distance - 1, &cells);
      if (distance < best_distance) {
        best = candidate;
        best_distance = distance;
      }
    }
    if (steps != nullptr && !steps->Spend(cost + kStepsOfCell * cells)) {
      return {};
    }
    if (best_distance == 0) break;
  }
  return best;
}

}  // namespace rolegate
