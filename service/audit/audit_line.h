// Writes one line of the audit log, whatever its format.

#ifndef ROLEGATE_SERVICE_AUDIT_AUDIT_LINE_H_
#define ROLEGATE_SERVICE_AUDIT_AUDIT_LINE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/audit/audit_context.h"
#include "service/audit/audit_masks.h"
#include "service/base/json_line.h"

namespace rolegate::service {

// The one way into a line: no text that a caller can choose gets there without
// being looked at for secrets, whoever made the record, and no member that
// `masks` has.  Keys must outlive the line.
class AuditLine {
 public:
  AuditLine(const AuditMasks& masks, std::string* out)
      : masks_(masks), out_(out) {}

  // An empty text is left out.
  void Text(absl::string_view key, absl::string_view value);
  // A word of ours, or what cannot be a secret.
  void Word(absl::string_view key, absl::string_view value) {
    if (Wants(key)) out_.Text(key, value);
  }
  // A text that was given as an ARN and is not one may be anything, even a code
  // of an MFA device or a password.
  void Arn(absl::string_view key, absl::string_view value);
  void Int(absl::string_view key, std::int64_t value) {
    if (Wants(key)) out_.Int(key, value);
  }
  void Bool(absl::string_view key, bool value) {
    if (Wants(key)) out_.Bool(key, value);
  }
  void Double(absl::string_view key, double value) {
    if (Wants(key)) out_.Double(key, value);
  }
  void Time(absl::string_view key, absl::Time value) {
    if (Wants(key)) out_.Timestamp(key, value);
  }
  // `json` holds no secret.
  void Json(absl::string_view key, absl::string_view json) {
    if (Wants(key)) out_.Json(key, json);
  }
  // An object with a list for each key; left out if there is none.
  void Context(absl::string_view key, const AuditContext& context);

  // Begins a member that is an object; End closes the innermost one.
  void Object(absl::string_view key);
  void End();

  // Says which masks left something out, and closes the line.
  void Finish();

 private:
  bool Wants(absl::string_view key) { return masks_.empty() || !IsMasked(key); }
  bool IsMasked(absl::string_view key);

  const AuditMasks& masks_;
  JsonObjectWriter out_;
  // Only while there are masks:
  std::vector<absl::string_view> path_;  // the objects that are open
  std::size_t left_out_ = 0;  // how many of them, the innermost, are left out
  std::vector<std::size_t> applied_;  // which masks left something out
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_AUDIT_LINE_H_
