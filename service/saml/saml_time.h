// Times as SAML writes them (SAML 2.0 Core, section 1.3.3).

#ifndef ROLEGATE_SERVICE_SAML_SAML_TIME_H_
#define ROLEGATE_SERVICE_SAML_SAML_TIME_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service {

// `2026-05-01T10:00:00Z`, with at most nine digits of a second's fraction.
// Nothing for any other text, one with another zone or without any included.
std::optional<absl::Time> ParseSamlTime(absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_SAML_TIME_H_
