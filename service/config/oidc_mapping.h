// From what an OpenID Connect token says to a principal with tags.
//
//   {issuer: https://login.example.com, audience: rolegate,
//    claims: {sub: ci}, principal: service:ci.example, tags: {Tier: build}}
//
// No part of the token flows into the principal, so two users never become one
// another by the choice of a name.

#ifndef ROLEGATE_SERVICE_CONFIG_OIDC_MAPPING_H_
#define ROLEGATE_SERVICE_CONFIG_OIDC_MAPPING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/text/tag.h"

namespace rolegate::service {

// The tokens to which a mapping applies.
struct OidcRule {
  std::string issuer;    // what `iss` must equal
  std::string audience;  // one of `aud`

  // The claims that the token must have: each a text or a boolean that is equal
  // byte for byte, or a list with such an element.  There is at least one,
  // because everybody who has an account with the issuer has a token of it.
  std::vector<std::pair<std::string, std::string>> claims;

  // A JSON Web Key Set.  Empty: the issuer's keys are had by discovery.
  std::string jwks_file;
};

// Immutable; safe to share.
class OidcMapping {
 public:
  // kInvalidArgument, saying what is wrong with the rule or the principal.
  static absl::StatusOr<OidcMapping> Make(OidcRule rule,
                                          absl::string_view principal,
                                          std::vector<Tag> tags);

  const OidcRule& rule() const { return rule_; }
  const std::string& principal() const { return principal_; }
  const std::vector<Tag>& tags() const { return tags_; }

 private:
  OidcRule rule_;
  std::string principal_;
  std::vector<Tag> tags_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_OIDC_MAPPING_H_
