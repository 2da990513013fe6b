// Tokens of OpenID Connect providers: JSON Web Tokens (RFC 7519), read
// strictly, for nothing in them can be believed before the last check.
//
// AWS: "AssumeRoleWithWebIdentity", Security Token Service API Reference;
// "Create an OpenID Connect (OIDC) identity provider in IAM", IAM User Guide.

#ifndef ROLEGATE_SERVICE_FEDERATION_OIDC_TOKEN_H_
#define ROLEGATE_SERVICE_FEDERATION_OIDC_TOKEN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/json/json_document.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/federated_identity.h"
#include "engine/sts/result.h"
#include "service/base/jws.h"
#include "service/federation/json_web_key.h"

namespace rolegate::service {

inline constexpr std::size_t kMaxIdentityTokenBytes = 20'000;

// A token on its way through the checks, the cheap ones first:
//
//   auto token = OidcToken::Parse(text);        // form
//   token.Check(provider.client_ids, now);          // audience and times
//   token.CheckSignature(*keys);                    // now it can be believed
//
// Errors are AWS's: InvalidIdentityToken, ExpiredTokenException.  None repeats
// more of the token than its issuer and the names of claims.
class OidcToken {
 public:
  // Size, structure, header and the types of the claims.  `text` must outlive
  // the token.  Refuses our own sessions by their type.
  [[nodiscard]] static Result<OidcToken> Parse(absl::string_view text);

  // Returns what the token says about itself.
  const std::string& issuer() const { return issuer_; }
  const std::string& subject() const { return subject_; }
  const std::vector<std::string>& audiences() const { return audiences_; }
  const std::string& kid() const { return kid_; }

  // For whom it is: `azp` if it has one, else the first of `aud` that the
  // provider lists.  Empty before Check.
  const std::string& audience() const { return audience_; }

  // Whether `aud` has it.
  bool IsFor(const std::string& audience) const;

  // Checks that the token is for one of `client_ids`, and that it is good now.
  [[nodiscard]] Refusal Check(const std::vector<std::string>& client_ids,
                              absl::Time now);

  // Checks that the token is good now.  The clocks of provider and server may
  // be a minute apart, but a token that has expired here has expired.
  [[nodiscard]] Refusal CheckTimes(absl::Time now) const;

  // InvalidIdentityToken also for a key that is not in the set.
  [[nodiscard]] Refusal CheckSignature(const JsonWebKeySet& keys) const;

  // Returns what the claims mean to a trust policy, once all checks have
  // passed.
  [[nodiscard]] Result<FederatedIdentity> ToIdentity(
      const OpenIdProvider& provider) const;

  // Returns the names of the claims that become condition keys, besides `aud`
  // and `sub`, which every token has.
  static absl::Span<const absl::string_view> KeyClaims();

  const JsonNode& claims() const { return claims_->root(); }

 private:
  OidcToken() = default;

  [[nodiscard]] Refusal ReadHeader();
  [[nodiscard]] Refusal ReadClaims();

  CompactJws jws_;
  std::string algorithm_;
  std::string kid_;
  std::unique_ptr<JsonDocument> claims_;
  std::string issuer_;
  std::string subject_;
  std::vector<std::string> audiences_;
  std::string authorized_party_;  // `azp`; empty: none
  std::string audience_;
  absl::Time issued_at_;
  absl::Time not_before_;
  absl::Time expires_at_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_FEDERATION_OIDC_TOKEN_H_
