#include "engine/text/arn.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace rolegate {

std::optional<Arn> Arn::Parse(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "arn:")) return std::nullopt;
  Arn arn;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (absl::string_view* part :
       {&arn.partition, &arn.service, &arn.region, &arn.account}) {
    // Parts are short, for which string_view::find costs more.
    const char* const colon = std::find(at, end, ':');
    if (colon == end) return std::nullopt;
    *part = absl::string_view(at, static_cast<std::size_t>(colon - at));
    at = colon + 1;
  }
  arn.resource = absl::string_view(at, static_cast<std::size_t>(end - at));
  return arn;
}

bool IsAccountId(absl::string_view text) {
  return text.size() == 12 && IsDigits(text);
}

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

std::optional<IamResource> IamResource::Parse(absl::string_view resource) {
  const std::size_t first = resource.find('/');
  if (first == absl::string_view::npos) return std::nullopt;
  const std::size_t last = resource.rfind('/');
  IamResource parsed;
  parsed.type = resource.substr(0, first);
  parsed.path = resource.substr(first, last - first + 1);
  parsed.name = resource.substr(last + 1);
  if (parsed.type.empty() || parsed.name.empty()) return std::nullopt;
  return parsed;
}

}  // namespace rolegate
