// Points in time, for the Date operators.

#ifndef ROLEGATE_ENGINE_TEXT_INSTANT_H_
#define ROLEGATE_ENGINE_TEXT_INSTANT_H_

#include <compare>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace rolegate {

// Seconds since the Unix epoch, and nanoseconds within the second.
struct Instant {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;  // 0..999,999,999

  // The profile of ISO 8601 in the W3C note on date and time formats: `2024`
  // is taken for epoch seconds, as every text without `-` and `T` is;
  // `2024-05`, `2024-05-01`, `2024-05-01T10:00Z`, `…:00Z`, `…:00.5+02:00`.
  // A missing month, day or time is the first or midnight UTC.
  static std::optional<Instant> Parse(absl::string_view text);

  friend auto operator<=>(const Instant&, const Instant&) = default;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_INSTANT_H_
