#include "engine/spelling.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"

namespace rolegate {
namespace {

// Longer names are no misspellings of ours, and would cost time to compare.
constexpr std::size_t kMaxNameBytes = 64;

}  // namespace

std::size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

absl::string_view NearestName(absl::string_view name,
                              absl::Span<const absl::string_view> known,
                              std::size_t max_edits) {
  if (name.size() > kMaxNameBytes) return {};
  absl::string_view best;
  std::size_t best_distance = max_edits + 1;
  for (absl::string_view candidate : known) {
    const std::size_t distance = absl::EqualsIgnoreCase(name, candidate)
                                     ? 0
                                     : EditDistance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace rolegate
