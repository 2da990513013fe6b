#include "service/config/oidc_mapping.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/principal_name.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxIssuer = 255;
constexpr std::size_t kMaxShown = 256;

}  // namespace

absl::StatusOr<OidcMapping> OidcMapping::Make(OidcRule rule,
                                              absl::string_view principal,
                                              std::vector<Tag> tags) {
  absl::StatusOr<OwnedPrincipal> parsed = ParsePrincipalName(principal);
  if (!parsed.ok()) return parsed.status();
  if (rule.issuer.empty() || rule.issuer.size() > kMaxIssuer) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected an issuer of at most ", kMaxIssuer, " bytes"));
  }
  const bool url = absl::StartsWith(rule.issuer, "https://") ||
                   absl::StartsWith(rule.issuer, "http://");
  if (rule.jwks_file.empty() && !url) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", rule.issuer.substr(0, kMaxShown),
        "` is no URL, so its keys cannot be discovered: set `jwks_file`"));
  }
  if (rule.audience.empty()) {
    return absl::InvalidArgumentError(
        "`audience` is missing: without it a token that its holder gave to "
        "another service would open this one");
  }
  if (rule.claims.empty()) {
    return absl::InvalidArgumentError(
        "`claims` are missing: without them every token of the issuer would be "
        "this principal; name at least `sub`");
  }
  OidcMapping mapping;
  mapping.rule_ = std::move(rule);
  mapping.principal_ = std::string(principal);
  mapping.tags_ = std::move(tags);
  return mapping;
}

}  // namespace rolegate::service
