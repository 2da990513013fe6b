#include "service/config/principal_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kServicePrefix = "service:";

absl::Status Unexpected(absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", name.substr(0, 256),
                   "` names no principal: expected a user's ARN or "
                   "`service:NAME`"));
}

// `*` is any run of characters; the texts hold no colon.
bool PartMatches(absl::string_view pattern, absl::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = absl::string_view::npos;
  std::size_t star_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

absl::StatusOr<OwnedPrincipal> ParsePrincipalName(absl::string_view name) {
  absl::string_view rest = name;
  if (absl::ConsumePrefix(&rest, kServicePrefix)) {
    absl::StatusOr<OwnedPrincipal> service = OwnedPrincipal::Service(rest);
    if (!service.ok()) return Unexpected(name);
    return service;
  }
  absl::StatusOr<OwnedPrincipal> principal = OwnedPrincipal::FromArn(name);
  if (!principal.ok() || principal->kind() != PrincipalKind::kUser ||
      name.find_first_of("*?") != absl::string_view::npos) {
    return Unexpected(name);
  }
  return principal;
}

absl::StatusOr<PrincipalNamePattern> PrincipalNamePattern::Parse(
    absl::string_view text) {
  PrincipalNamePattern pattern;
  pattern.text_ = std::string(text);
  pattern.parts_ = absl::StrSplit(text, ':');
  const std::vector<std::string>& parts = pattern.parts_;
  const bool is_service =
      parts.size() == 2 && parts[0] == "service" && !parts[1].empty();
  const bool is_user =
      parts.size() == 6 && parts[0] == "arn" && !parts[1].empty() &&
      parts[2] == "iam" && parts[3].empty() && !parts[4].empty() &&
      absl::StartsWith(parts[5], "user/") && parts[5].size() > 5;
  if (!is_service && !is_user) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", text.substr(0, 256),
        "` could match no principal: expected a pattern of a user's ARN, "
        "`arn:aws:iam::123456789012:user/ci/*`, or `service:NAME`"));
  }
  return pattern;
}

bool PrincipalNamePattern::Matches(absl::string_view name) const {
  if (!ParsePrincipalName(name).ok()) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(name, ':');
  if (parts.size() != parts_.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!PartMatches(parts_[i], parts[i])) return false;
  }
  return true;
}

}  // namespace rolegate::service
