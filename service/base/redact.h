// Takes out of a text whatever looks like a secret, for texts that might hold
// one by mistake.

#ifndef ROLEGATE_SERVICE_BASE_REDACT_H_
#define ROLEGATE_SERVICE_BASE_REDACT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service {

inline constexpr absl::string_view kRedacted = "[redacted]";

// `text` with each secret in it replaced by `[redacted]`.  A secret is here
//   a token, which has a JWT's shape: runs of base64url joined by dots, of
//     which the first begins as an encoded JSON object does.  One that lost its
//     header, its signature or its end counts, for its claims are still there,
//     and so does one with line ends at its dots;
//   an assertion: a run of base64 that decodes to XML.
// Takes time in proportion to the text.
std::string Redact(absl::string_view text);

// Whether Redact would replace anything.
bool HoldsSecret(absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_REDACT_H_
