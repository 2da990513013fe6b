// Writes one JSON object on one line, member by member, in the order given.
// For logs, whose lines must be whole and valid whatever strangers put in.

#ifndef ROLEGATE_SERVICE_BASE_JSON_LINE_H_
#define ROLEGATE_SERVICE_BASE_JSON_LINE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service {

// `2026-11-02T10:00:00.123456789Z`: RFC 3339 in UTC, always with nanoseconds,
// so that lines sort as text.  Infinite times become year 1 and year 9999.
std::string FormatTimestamp(absl::Time time);
void AppendTimestamp(absl::Time time, std::string* out);

// Appends `text` as a JSON string with its quotes.  Control characters, DEL
// and U+0085, U+2028, U+2029, which some readers take for line ends, are
// escaped; a byte that is no UTF-8 becomes U+FFFD.
void AppendJsonString(absl::string_view text, std::string* out);

// Appends to a string that it does not own.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string* out) : out_(out) {
    out_->push_back('{');
  }

  // The caller must give each key only once, and keys without characters that
  // JSON escapes.
  void Text(absl::string_view key, absl::string_view value);
  void TextUnlessEmpty(absl::string_view key, absl::string_view value);
  void Bool(absl::string_view key, bool value);
  void Int(absl::string_view key, std::int64_t value);
  void Uint(absl::string_view key, std::uint64_t value);
  void Double(absl::string_view key, double value);  // null if not finite

  void Timestamp(absl::string_view key, absl::Time value);

  // `value` is JSON already.
  void Json(absl::string_view key, absl::string_view value);
  // The same for a key of any characters.
  void JsonOfAnyKey(absl::string_view key, absl::string_view value);

  // Begins a member that is an object; End closes the innermost one.
  void Object(absl::string_view key);
  void End();

  // Closes the outermost object.  Nothing may follow.
  void Finish() { out_->push_back('}'); }

 private:
  void Key(absl::string_view key);

  std::string* out_;
  bool first_ = true;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_JSON_LINE_H_
