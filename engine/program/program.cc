#include "engine/program/program.h"

#include <cstring>

namespace rolegate {

Decimal Program::decimal(TextRef ref) const {
  absl::string_view digits = text(ref);
  Decimal decimal;
  decimal.negative = !digits.empty() && digits.front() == '-';
  if (decimal.negative) digits.remove_prefix(1);
  const std::size_t point = digits.find('.');
  decimal.integer = digits.substr(0, point);
  if (point != absl::string_view::npos) {
    decimal.fraction = digits.substr(point + 1);
  }
  return decimal;
}

Instant Program::instant(TextRef ref) const {
  const char* const bytes = text(ref).data();
  Instant instant;
  std::memcpy(&instant.seconds, bytes, sizeof(instant.seconds));
  std::memcpy(&instant.nanos, bytes + sizeof(instant.seconds),
              sizeof(instant.nanos));
  return instant;
}

}  // namespace rolegate
