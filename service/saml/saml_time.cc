#include "service/saml/saml_time.h"

#include "engine/text/instant.h"

namespace rolegate::service {

std::optional<absl::Time> ParseSamlTime(absl::string_view text) {
  constexpr absl::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() <= kShape.size() || text.back() != 'Z' || text[10] != 'T' ||
      text[16] != ':') {
    return std::nullopt;
  }
  const std::optional<Instant> instant = Instant::Parse(text);
  if (!instant) return std::nullopt;
  return absl::FromUnixSeconds(instant->seconds) +
         absl::Nanoseconds(instant->nanos);
}

}  // namespace rolegate::service
