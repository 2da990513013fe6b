#include "service/sessions/verified_sessions.h"

#include <utility>

namespace rolegate::service {
namespace {

// A clock may have been set back, too.
bool IsInItsTime(const RoleSession& session, absl::Time now) {
  return now < session.expires_at && session.issued_at <= now + kClockSkew;
}

}  // namespace

VerifiedSubject VerifiedSessions::Verify(
    absl::string_view token, const TokenParties& parties,
    const std::shared_ptr<const SigningKeys>& keys, absl::Time now,
    SignatureGate* gate) {
  const std::shared_ptr<const Known> known = known_.Find(token);
  if (known != nullptr && known->keys == keys &&
      IsInItsTime(*known->subject.session, now)) {
    return known->subject;
  }
  return Insert(token, VerifyToken(token, parties, *keys, now, gate), keys);
}

void VerifiedSessions::Remember(absl::string_view token,
                                const TokenParties& parties,
                                const std::shared_ptr<const SigningKeys>& keys,
                                absl::Time now) {
  // A token that does not hold is not remembered, and its first use says why.
  static_cast<void>(
      Insert(token, ReadMintedToken(token, parties, *keys, now), keys));
}

VerifiedSubject VerifiedSessions::Insert(
    absl::string_view token, VerifiedToken verified,
    const std::shared_ptr<const SigningKeys>& keys) {
  if (!verified.ok()) return std::move(verified).error();
  Subject subject = Subject::OfSession(*std::move(verified));
  known_.Insert(token, std::make_shared<const Known>(Known{subject, keys}));
  return subject;
}

}  // namespace rolegate::service
