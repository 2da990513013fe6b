// The Ed25519 keys that sign session tokens, and those that still verify them.

#ifndef ROLEGATE_SERVICE_SESSIONS_SIGNING_KEYS_H_
#define ROLEGATE_SERVICE_SESSIONS_SIGNING_KEYS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/sessions/signing_key.h"

namespace rolegate::service {

// The keys that sign session tokens, at one moment.  Immutable.
class SigningKeys {
 public:
  // Reads the `KID.pem` files of the folder.  The file `active`, which has no
  // ending, names the private key that signs.  Without it, the last private key
  // in the order of kids signs.  To add a key, publish its public part first;
  // it signs once its private part is there.  The error names the file.
  static absl::StatusOr<std::shared_ptr<const SigningKeys>> Load(
      const std::string& dir);
  static absl::StatusOr<std::shared_ptr<const SigningKeys>> Ephemeral();

  const SigningKey* Find(absl::string_view kid) const;  // null: unknown
  const SigningKey& signer() const { return keys_.at(signer_); }
  const std::map<std::string, SigningKey>& keys() const { return keys_; }

  // RFC 7517: public parts only.
  std::string Jwks() const;

 private:
  SigningKeys() = default;

  std::map<std::string, SigningKey> keys_;
  std::string signer_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SIGNING_KEYS_H_
