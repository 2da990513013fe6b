// Authenticates the last good generation by the sealing keys.

#ifndef ROLEGATE_SERVICE_SESSIONS_LAST_GOOD_SEAL_H_
#define ROLEGATE_SERVICE_SESSIONS_LAST_GOOD_SEAL_H_

#include <string>

#include "engine/registry/last_good.h"
#include "service/sessions/service_keys.h"

namespace rolegate::service {

// HMAC-SHA256 under keys that are derived (HKDF, RFC 5869) from the sealing
// keys for this purpose and issuer alone.  Thus a generation that one
// deployment keeps is not accepted by another, and a MAC opens no sealed
// refusal.
class KeyedLastGoodSeal final : public LastGoodSeal {
 public:
  // `keys` outlives it; the keys in force at each call are used.
  KeyedLastGoodSeal(const ServiceKeys* keys, std::string issuer)
      : keys_(keys), issuer_(std::move(issuer)) {}

  absl::StatusOr<std::string> KeyId() const override;
  absl::StatusOr<std::string> Mac(
      absl::string_view key_id,
      absl::Span<const absl::string_view> texts) const override;
  bool Equal(absl::string_view mac, absl::string_view other) const override;

 private:
  const ServiceKeys* const keys_;
  const std::string issuer_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_LAST_GOOD_SEAL_H_
