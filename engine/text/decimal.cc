#include "engine/text/decimal.h"

#include <cstddef>

namespace rolegate {
namespace {

constexpr absl::string_view kDigits = "0123456789";

std::strong_ordering CompareMagnitude(const Decimal& a, const Decimal& b) {
  if (a.integer.size() != b.integer.size()) {
    return a.integer.size() <=> b.integer.size();
  }
  if (const int order = a.integer.compare(b.integer); order != 0) {
    return order <=> 0;
  }
  // Without trailing zeros, fractions order as texts do.
  return a.fraction.compare(b.fraction) <=> 0;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(absl::string_view text) {
  Decimal decimal;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    decimal.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  decimal.integer = text.substr(0, point);
  if (point != absl::string_view::npos) {
    decimal.fraction = text.substr(point + 1);
    if (decimal.fraction.empty()) return std::nullopt;
  }
  if (decimal.integer.empty() ||
      decimal.integer.find_first_not_of(kDigits) != absl::string_view::npos ||
      decimal.fraction.find_first_not_of(kDigits) != absl::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t first = decimal.integer.find_first_not_of('0');
  decimal.integer.remove_prefix(
      first == absl::string_view::npos ? decimal.integer.size() : first);
  decimal.fraction =
      decimal.fraction.substr(0, decimal.fraction.find_last_not_of('0') + 1);
  if (decimal.integer.empty() && decimal.fraction.empty()) {
    decimal.negative = false;
  }
  return decimal;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) {
    return a.negative ? std::strong_ordering::less
                      : std::strong_ordering::greater;
  }
  return a.negative ? CompareMagnitude(b, a) : CompareMagnitude(a, b);
}

}  // namespace rolegate
