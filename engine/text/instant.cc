#include "engine/text/instant.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"

namespace rolegate {
namespace {

// Reads exactly `count` digits.
bool ConsumeDigits(absl::string_view* text, int count, int* value) {
  if (text->size() < static_cast<std::size_t>(count)) return false;
  *value = 0;
  for (int i = 0; i < count; ++i) {
    const char c = (*text)[i];
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
    *value = *value * 10 + (c - '0');
  }
  text->remove_prefix(count);
  return true;
}

bool ConsumeEither(absl::string_view* text, char upper, char lower) {
  if (text->empty() || (text->front() != upper && text->front() != lower)) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

// `.5`, at most nine digits; nothing at all is 0.
bool ConsumeFraction(absl::string_view* text, std::int32_t* nanos) {
  *nanos = 0;
  if (!absl::ConsumePrefix(text, ".")) return true;
  std::int32_t unit = 100'000'000;
  std::size_t digits = 0;
  while (digits < text->size() &&
         absl::ascii_isdigit(static_cast<unsigned char>((*text)[digits]))) {
    if (unit == 0) return false;
    *nanos += ((*text)[digits] - '0') * unit;
    unit /= 10;
    ++digits;
  }
  text->remove_prefix(digits);
  return digits > 0;
}

// `Z`, `+02:00` or `-05:30`.
bool ConsumeZone(absl::string_view* text, int* offset_seconds) {
  *offset_seconds = 0;
  if (ConsumeEither(text, 'Z', 'z')) return true;
  const bool east = absl::ConsumePrefix(text, "+");
  if (!east && !absl::ConsumePrefix(text, "-")) return false;
  int hours = 0;
  int minutes = 0;
  if (!ConsumeDigits(text, 2, &hours) || !absl::ConsumePrefix(text, ":") ||
      !ConsumeDigits(text, 2, &minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  *offset_seconds = (east ? 1 : -1) * (hours * 3600 + minutes * 60);
  return true;
}

struct TimeOfDay {
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int32_t nanos = 0;
  int offset_seconds = 0;
};

// Reads what follows the date: `T10:00Z`, `T10:00:00.5+02:00`.
bool ConsumeTime(absl::string_view* text, TimeOfDay* time) {
  if (!ConsumeEither(text, 'T', 't') || !ConsumeDigits(text, 2, &time->hour) ||
      !absl::ConsumePrefix(text, ":") ||
      !ConsumeDigits(text, 2, &time->minute)) {
    return false;
  }
  if (absl::ConsumePrefix(text, ":") &&
      (!ConsumeDigits(text, 2, &time->second) ||
       !ConsumeFraction(text, &time->nanos))) {
    return false;
  }
  return time->hour <= 23 && time->minute <= 59 && time->second <= 59 &&
         ConsumeZone(text, &time->offset_seconds);
}

std::optional<Instant> ParseEpoch(absl::string_view text) {
  Instant instant;
  if (text.empty() ||
      text.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(text, &instant.seconds)) {
    return std::nullopt;
  }
  return instant;
}

}  // namespace

std::optional<Instant> Instant::Parse(absl::string_view text) {
  if (text.find_first_of("-Tt") == absl::string_view::npos) {
    return ParseEpoch(text);
  }
  int year = 0;
  int month = 1;
  int day = 1;
  TimeOfDay time;
  if (!ConsumeDigits(&text, 4, &year)) return std::nullopt;
  if (absl::ConsumePrefix(&text, "-")) {
    if (!ConsumeDigits(&text, 2, &month)) return std::nullopt;
    if (absl::ConsumePrefix(&text, "-")) {
      if (!ConsumeDigits(&text, 2, &day)) return std::nullopt;
      if (!text.empty() && !ConsumeTime(&text, &time)) return std::nullopt;
    }
  }
  if (!text.empty()) return std::nullopt;

  // A civil time normalizes 30 February; a date that changes was none.
  const absl::CivilDay date(year, month, day);
  if (date.month() != month || date.day() != day) return std::nullopt;
  const std::int64_t days = date - absl::CivilDay(1970, 1, 1);
  const int second_of_day = time.hour * 3600 + time.minute * 60 + time.second;
  Instant instant;
  instant.seconds = days * 86400 + second_of_day - time.offset_seconds;
  instant.nanos = time.nanos;
  return instant;
}

}  // namespace rolegate
