#include "service/base/jws.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace rolegate::service {

std::string EncodeBase64Url(absl::string_view bytes) {
  return absl::WebSafeBase64Escape(bytes);
}

std::optional<std::string> DecodeBase64Url(absl::string_view text) {
  std::string bytes;
  // The decoder is lenient (padding, white space, stray bits); the round trip
  // is not.
  if (!absl::WebSafeBase64Unescape(text, &bytes) ||
      EncodeBase64Url(bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

std::optional<CompactJws> CompactJws::Parse(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  if (parts.size() != 3) return std::nullopt;
  const std::optional<std::string> header = DecodeBase64Url(parts[0]);
  const std::optional<std::string> payload = DecodeBase64Url(parts[1]);
  const std::optional<std::string> signature = DecodeBase64Url(parts[2]);
  if (!header || !payload || !signature) return std::nullopt;
  return CompactJws{*header, *payload, *signature,
                    text.substr(0, text.rfind('.'))};
}

}  // namespace rolegate::service
