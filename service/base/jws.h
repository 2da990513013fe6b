// The compact form of signed tokens (RFC 7515), read strictly.

#ifndef ROLEGATE_SERVICE_BASE_JWS_H_
#define ROLEGATE_SERVICE_BASE_JWS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service {

// base64url without padding (RFC 7515, section 2).
std::string EncodeBase64Url(absl::string_view bytes);

// Returns nothing unless `text` is the one canonical spelling of some bytes.
std::optional<std::string> DecodeBase64Url(absl::string_view text);

struct CompactJws {
  std::string header;              // JSON, decoded
  std::string payload;             // decoded
  std::string signature;           // decoded
  absl::string_view signed_bytes;  // what the signature is over; a view

  // Returns nothing unless `text` is three canonical parts in base64url.
  static std::optional<CompactJws> Parse(absl::string_view text);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_JWS_H_
