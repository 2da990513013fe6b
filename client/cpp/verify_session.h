// Verifies sessions without a server, by the service's public keys.

#ifndef ROLEGATE_CLIENT_CPP_VERIFY_SESSION_H_
#define ROLEGATE_CLIENT_CPP_VERIFY_SESSION_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace rolegate {

// What a session says of itself.  It may have been revoked since, and what it
// may do only the service can say.
struct VerifiedSession {
  std::string arn;
  std::string role_arn;
  std::string role_session_name;
  std::string access_key_id;
  absl::Time expires_at;
  std::string source_identity;
  std::map<std::string, std::string> tags;
};

// Checks a session's token by `jwks`, a JSON Web Key Set (RFC 7517, RFC 8037):
// what Client::GetSigningKeys gives, or the server publishes.  Type and
// algorithm are this function's and never the token's.  Clocks may be sixty
// seconds apart.
//
// kUnauthenticated with the ErrorReason ExpiredToken for a session that has
// ended, and with InvalidClientTokenId for anything else that is wrong.
absl::StatusOr<VerifiedSession> VerifySession(absl::string_view token,
                                              absl::string_view jwks,
                                              absl::string_view issuer,
                                              absl::string_view audience,
                                              absl::Time now = absl::Now());

}  // namespace rolegate

#endif  // ROLEGATE_CLIENT_CPP_VERIFY_SESSION_H_
