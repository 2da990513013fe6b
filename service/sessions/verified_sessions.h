// Remembers verified tokens, so that not every request of a session verifies
// its signature again.  It remembers verifications and never decisions.

#ifndef ROLEGATE_SERVICE_SESSIONS_VERIFIED_SESSIONS_H_
#define ROLEGATE_SERVICE_SESSIONS_VERIFIED_SESSIONS_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/sts/result.h"
#include "engine/sts/subject.h"
#include "service/base/remembered_tokens.h"
#include "service/sessions/session_token.h"

namespace rolegate::service {

// The subject of a token, or the error of a token that has none.
using VerifiedSubject = Result<Subject>;

// Thread-safe.  An entry ends with its session and with the keys that verified
// it.
class VerifiedSessions {
 public:
  explicit VerifiedSessions(std::size_t max_bytes) : known_(max_bytes) {}

  // Returns what VerifyToken does, from the cache if it is there.  Then it does
  // not ask the gate.
  [[nodiscard]] VerifiedSubject Verify(
      absl::string_view token, const TokenParties& parties,
      const std::shared_ptr<const SigningKeys>& keys, absl::Time now,
      SignatureGate* gate = nullptr);

  // Remembers a token that was just minted by `keys`, so that its first use
  // costs no check, whatever the gate says then.
  void Remember(absl::string_view token, const TokenParties& parties,
                const std::shared_ptr<const SigningKeys>& keys, absl::Time now);

  std::size_t bytes() const { return known_.bytes(); }
  TokenLookups lookups() const { return known_.lookups(); }

 private:
  struct Known {
    Subject subject;
    std::shared_ptr<const SigningKeys> keys;  // that verified it
  };

  [[nodiscard]] VerifiedSubject Insert(
      absl::string_view token, VerifiedToken verified,
      const std::shared_ptr<const SigningKeys>& keys);

  RememberedTokens<Known> known_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_VERIFIED_SESSIONS_H_
