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

// How many characters at the beginning of `text` stand in JSON as they are.
std::size_t PlainSize(absl::string_view text) {
  // Eight at a time: a byte that is not plain sets its highest bit in one of
  // the terms below.  A byte behind the first such may set it by a carry, and
  // is looked at by itself.
  constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 0xff;
  constexpr std::uint64_t kHighest = kOnes * 0x80;
  std::size_t plain = 0;
  for (; plain + 8 <= text.size(); plain += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + plain, sizeof(bytes));
    const std::uint64_t quote = bytes ^ kOnes * '"';
    const std::uint64_t backslash = bytes ^ kOnes * '\\';
    const std::uint64_t beside = bytes | (bytes + kOnes) |  // 0x7F and above
                                 (bytes - kOnes * 0x20) |   // below 0x20
                                 (quote - kOnes) | (backslash - kOnes);
    if ((beside & kHighest) != 0) break;
  }
  for (; plain < text.size(); ++plain) {
    const auto c = static_cast<unsigned char>(text[plain]);
    if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') break;
  }
  return plain;
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

void JsonObjectWriter::Comma() {
  if (!first_) out_->push_back(',');
  first_ = false;
}

void JsonObjectWriter::Key(absl::string_view key) {
  Comma();
  out_->push_back('"');
  out_->append(key.data(), key.size());
  out_->append("\":", 2);
}

void JsonObjectWriter::Text(absl::string_view key, absl::string_view value) {
  Key(key);
  AppendJsonString(value, out_);
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
  Comma();
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
