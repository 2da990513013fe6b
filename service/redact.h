// A net behind typed secrets: takes what looks like a token out of a text.

#ifndef ROLEGATE_SERVICE_REDACT_H_
#define ROLEGATE_SERVICE_REDACT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service {

inline constexpr absl::string_view kRedacted = "[redacted]";

// Whether `text` holds something of a JWT's shape: three runs of base64url
// joined by dots, the first of which begins as an encoded JSON object does.
bool HoldsToken(absl::string_view text);

// `text` with each of those replaced by `[redacted]`.
std::string RedactTokens(absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_REDACT_H_
