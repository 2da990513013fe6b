// Who is calling.  Nobody's word is taken for it: an identity comes from a
// verified session or token, a verified certificate, or a socket whose file
// permissions are the guard.

#ifndef ROLEGATE_SERVICE_IDENTITY_CALLER_H_
#define ROLEGATE_SERVICE_IDENTITY_CALLER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/result.h"
#include "engine/sts/subject.h"
#include "service/config/config.h"
#include "service/identity/bearer_tokens.h"
#include "service/identity/incoming_call.h"
#include "service/identity/peer_certificate.h"
#include "service/sessions/service_keys.h"
#include "service/sessions/session_token.h"
#include "service/sessions/verified_sessions.h"

namespace rolegate::service {

// What a caller's identity rests on.
enum class Proof : std::uint8_t {
  kNone,         // nobody was identified; the zero value proves least
  kSession,      // a bearer session, however it was come by
  kName,         // the caller's own word, under --dev
  kSocket,       // a Unix socket's permissions
  kCertificate,  // a client certificate, mapped by the configuration
  kToken,        // an OpenID Connect token, mapped by the configuration
};

struct Caller {
  Subject subject;
  Proof proof = Proof::kNone;

  // The connection's own identity, beside a bearer's; empty if it has none.
  std::string presenter;

  // The connection's verified client certificate; null if it has none.
  std::shared_ptr<const PeerCertificate> certificate;
};

// Verifies sessions.  Thread-safe.
class SessionVerifier {
 public:
  SessionVerifier(TokenParties parties, const ServiceKeys* keys,
                  std::size_t cache_bytes)
      : parties_(std::move(parties)), keys_(keys), cache_(cache_bytes) {}

  const TokenParties& parties() const { return parties_; }

  // The session of a token, still alive in `snapshot`, which may be null: then
  // nobody can know, and the answer is RegistryNotLoaded.  Throttling if the
  // gate is shut and the token is not remembered.
  [[nodiscard]] Result<Subject> Verify(absl::string_view token,
                                       const Snapshot* snapshot, absl::Time now,
                                       SignatureGate* gate);

  // Remembers a token that was just minted by `keys`.
  void Remember(absl::string_view token,
                const std::shared_ptr<const SigningKeys>& keys,
                absl::Time now) {
    cache_.Remember(token, parties_, keys, now);
  }

  // What the tokens that are remembered take.
  std::size_t cached_bytes() const { return cache_.bytes(); }
  TokenLookups lookups() const { return cache_.lookups(); }

 private:
  const TokenParties parties_;
  const ServiceKeys* const keys_;
  VerifiedSessions cache_;
};

// What is asked whether an identity holds.
struct Verifiers {
  SessionVerifier* sessions;
  BearerTokens* tokens;
  PeerCertificateCache* certificates;
  SignatureGate* gate;
};

// Identifies the caller of one RPC by what its listener accepts.
// MissingAuthenticationToken if nothing says who it is, or if what says so is
// unknown here; InvalidClientTokenId or ExpiredToken if it does not hold, a
// bound session that another connection brings included.  What BearerTokens
// says of the tokens of others.
//
// The message of a refusal says what came and why it does not do.  It repeats
// names that the caller has brought, never a secret, and tells nothing of what
// would do instead.  `caller` then holds what the connection proves, and no
// subject.
[[nodiscard]] Refusal Authenticate(const IncomingCall& call,
                                   const ListenerConfig& listener,
                                   const Verifiers& verifiers,
                                   const Snapshot* snapshot, absl::Time now,
                                   Caller* caller);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_IDENTITY_CALLER_H_
