#include "service/base/json_line.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/text/printable.h"

namespace rolegate::service {
namespace {

// Whether the character of two or three bytes ends a line, or controls a
// terminal: U+0080 to U+009F, U+2028 and U+2029.
bool IsHiddenControl(absl::string_view character, unsigned* code_point) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(character[i]);
  };
  if (character.size() == 2 && byte(0) == 0xC2 && byte(1) < 0xA0) {
    *code_point = byte(1);
    return true;
  }
  if (character.size() == 3 && byte(0) == 0xE2 && byte(1) == 0x80 &&
      (byte(2) == 0xA8 || byte(2) == 0xA9)) {
    *code_point = 0x2000u + (byte(2) & 0x3Fu);
    return true;
  }
  return false;
}

// Has its highest bit set in the byte of each character that JSON escapes or
// that is no ASCII; behind the first such, a carry may set others.
std::uint64_t Escaped(const char* eight) {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 0xff;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof(bytes));
  const std::uint64_t quote = bytes ^ kOnes * '"';
  const std::uint64_t backslash = bytes ^ kOnes * '\\';
  return (bytes | (bytes + kOnes) |  // 0x7F and above
          (bytes - kOnes * 0x20) |   // below 0x20
          (quote - kOnes) | (backslash - kOnes)) &
         kOnes * 0x80;
}

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
}

// How many characters at the beginning of `text` stand in JSON as they are.
std::size_t PlainSize(absl::string_view text) {
  std::size_t plain = 0;
  // Eight at a time, and the last eight with some that were read before.
  for (; plain + 8 <= text.size(); plain += 8) {
    if (Escaped(text.data() + plain) != 0) break;
  }
  if (text.size() >= 8 && plain + 8 > text.size() &&
      Escaped(text.data() + text.size() - 8) == 0) {
    return text.size();
  }
  while (plain < text.size() && IsPlain(text[plain])) ++plain;
  return plain;
}

// Appends room for `size` characters, and returns where it begins.
char* Grow(std::size_t size, std::string* out) {
  out->append(size, '\0');
  return out->data() + out->size() - size;
}

char* Put(absl::string_view text, char* to) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

void AppendEscaped(unsigned code_point, std::string* out) {
  switch (code_point) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      absl::StrAppendFormat(out, "\\u%04x", code_point);
  }
}

}  // namespace

std::string FormatTimestamp(absl::Time time) {
  std::string text;
  AppendTimestamp(time, &text);
  return text;
}

void AppendTimestamp(absl::Time time, std::string* out) {
  static const absl::Time first =
      absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone());
  static const absl::Time last = absl::FromCivil(
      absl::CivilSecond(9999, 12, 31, 23, 59, 59), absl::UTCTimeZone());
  if (time < first) time = first;
  if (time > last) time = last;
  // Most lines come in the same second as the line before.
  thread_local std::int64_t last_second = 0;
  thread_local std::string text = "1970-01-01T00:00:00";
  const std::int64_t second = absl::ToUnixSeconds(time);
  if (second != last_second) {
    text = absl::FormatTime("%E4Y-%m-%dT%H:%M:%S", time, absl::UTCTimeZone());
    last_second = second;
  }
  const std::int64_t nanoseconds =
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(second));
  absl::StrAppend(out, text, ".", absl::Dec(nanoseconds, absl::kZeroPad9), "Z");
}

void AppendJsonString(absl::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    // Plain characters in one go: most texts are nothing else.
    const std::size_t plain = PlainSize(text);
    out->append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;

    const std::size_t size = Utf8Size(text);
    unsigned control = static_cast<unsigned char>(text[0]);
    if (size == 0) {
      out->append("\xEF\xBF\xBD");
    } else if (size == 1 || IsHiddenControl(text.substr(0, size), &control)) {
      AppendEscaped(control, out);
    } else {
      out->append(text.data(), size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out->push_back('"');
}

// A log line is some dozens of members, most of them plain texts: each makes
// its room once.

void JsonObjectWriter::Key(absl::string_view key) {
  char* to = Grow(key.size() + (first_ ? 3 : 4), out_);
  if (!first_) *to++ = ',';
  *to++ = '"';
  to = Put(key, to);
  *to++ = '"';
  *to = ':';
  first_ = false;
}

void JsonObjectWriter::Text(absl::string_view key, absl::string_view value) {
  Key(key);
  if (PlainSize(value) < value.size()) {
    AppendJsonString(value, out_);
    return;
  }
  char* to = Grow(value.size() + 2, out_);
  *to++ = '"';
  to = Put(value, to);
  *to = '"';
}

void JsonObjectWriter::TextUnlessEmpty(absl::string_view key,
                                       absl::string_view value) {
  if (!value.empty()) Text(key, value);
}

void JsonObjectWriter::Bool(absl::string_view key, bool value) {
  Key(key);
  out_->append(value ? "true" : "false");
}

void JsonObjectWriter::Int(absl::string_view key, std::int64_t value) {
  Key(key);
  absl::StrAppend(out_, value);
}

void JsonObjectWriter::Uint(absl::string_view key, std::uint64_t value) {
  Key(key);
  absl::StrAppend(out_, value);
}

void JsonObjectWriter::Double(absl::string_view key, double value) {
  Key(key);
  if (std::isfinite(value)) {
    absl::StrAppend(out_, value);
  } else {
    out_->append("null");
  }
}

void JsonObjectWriter::Json(absl::string_view key, absl::string_view value) {
  Key(key);
  absl::StrAppend(out_, value);
}

void JsonObjectWriter::JsonOfAnyKey(absl::string_view key,
                                    absl::string_view value) {
  if (!first_) out_->push_back(',');
  first_ = false;
  AppendJsonString(key, out_);
  absl::StrAppend(out_, ":", value);
}

void JsonObjectWriter::Timestamp(absl::string_view key, absl::Time value) {
  Key(key);
  out_->push_back('"');
  AppendTimestamp(value, out_);
  out_->push_back('"');
}

void JsonObjectWriter::Object(absl::string_view key) {
  Key(key);
  out_->push_back('{');
  first_ = true;
}

void JsonObjectWriter::End() {
  out_->push_back('}');
  first_ = false;
}

}  // namespace rolegate::service
