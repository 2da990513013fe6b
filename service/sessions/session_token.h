// Session tokens: JSON Web Tokens (RFC 7519) signed with Ed25519.
//
// Any replica, and any service offline, verifies them with public keys alone.
// The claims can be read by whoever holds a token, so no secret is in them.

#ifndef ROLEGATE_SERVICE_SESSIONS_SESSION_TOKEN_H_
#define ROLEGATE_SERVICE_SESSIONS_SESSION_TOKEN_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/sts/result.h"
#include "engine/sts/role_session.h"
#include "service/base/signature_gate.h"
#include "service/sessions/service_keys.h"

namespace rolegate::service {

// The `typ` of our tokens, which no other token may have.
inline constexpr absl::string_view kSessionTokenType = "rolegate-session+jwt";

// Returns whether the header's `typ` is that.  This tells which verifier a
// token needs, and says nothing about its worth.
bool IsSessionToken(absl::string_view token);
// gRPC metadata does not take more than 8 KiB.
inline constexpr std::size_t kMaxTokenBytes = std::size_t{6} << 10;
// The size of the claims that counts as 100 % of the packed size.
inline constexpr std::size_t kMaxClaimsBytes = std::size_t{4} << 10;
// How far the clocks of two replicas may be apart.
inline constexpr absl::Duration kClockSkew = absl::Seconds(60);

// The issuer of tokens, and their audience.
struct TokenParties {
  std::string issuer;
  std::string audience;
};

struct MintedToken {
  std::string token;           // secret
  int packed_policy_size = 0;  // percent, rounded up
};

// Gives the session a name (access_key_id) and signs it.  kInvalidArgument if
// the token would not fit; a larger one is never issued.
absl::StatusOr<MintedToken> MintToken(RoleSession* session,
                                      const TokenParties& parties,
                                      const SigningKey& key);

using VerifiedToken = Result<std::shared_ptr<const RoleSession>>;

// Checks structure, size, kid, issuer, audience and times before the
// signature.  This function prescribes algorithm and type; it takes neither
// from the token.
//
// ExpiredToken for a token that was good before, InvalidClientTokenId for any
// other fault; neither repeats any part of the token.  Throttling if the gate
// is shut when the signature must be checked.  A null gate is always open.
[[nodiscard]] VerifiedToken VerifyToken(absl::string_view token,
                                        const TokenParties& parties,
                                        const SigningKeys& keys, absl::Time now,
                                        SignatureGate* gate = nullptr);

// Does the same for a token that MintToken of this process has just returned.
// Its signature needs no check.
[[nodiscard]] VerifiedToken ReadMintedToken(absl::string_view token,
                                            const TokenParties& parties,
                                            const SigningKeys& keys,
                                            absl::Time now);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SESSION_TOKEN_H_
