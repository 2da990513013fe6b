// Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, steps of thirty
// seconds and six digits, which is what authenticator devices speak.

#ifndef ROLEGATE_SERVICE_MFA_TOTP_H_
#define ROLEGATE_SERVICE_MFA_TOTP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service {

// RFC 4648, section 6.  Letter case, spaces, dashes and padding are as people
// write them; anything else, and an empty text, is nothing.
std::optional<std::string> DecodeBase32(absl::string_view text);

// The number of the step that `now` lies in.
std::int64_t TotpStepAt(absl::Time now);

// The six digits of a step.
std::string TotpCode(absl::string_view secret, std::int64_t step);

// The first step after `last_step` that has this code, of that of `now` and
// the ones before and after it; nothing if there is none.  Takes the same time
// whatever the code is.
std::optional<std::int64_t> MatchTotp(absl::string_view secret,
                                      absl::string_view code, absl::Time now,
                                      std::int64_t last_step);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_MFA_TOTP_H_
