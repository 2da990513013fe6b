// Decimal numbers, for the Numeric operators.

#ifndef ROLEGATE_ENGINE_TEXT_DECIMAL_H_
#define ROLEGATE_ENGINE_TEXT_DECIMAL_H_

#include <compare>
#include <optional>

#include "absl/strings/string_view.h"

namespace rolegate {

// A number of any length and precision, as views into its text: nothing is
// rounded, so 10 and 10.0 are equal and 0.1 is exact.
struct Decimal {
  bool negative = false;       // never set for zero
  absl::string_view integer;   // without leading zeros; empty for 0
  absl::string_view fraction;  // without trailing zeros; empty for .0

  // An optional sign, digits, and optionally a point with more digits.
  // Nothing for anything else: no exponent, no white space, no `10abc`.
  static std::optional<Decimal> Parse(absl::string_view text);

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) = default;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_DECIMAL_H_
