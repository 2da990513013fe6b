// Ed25519 keys that sign and verify session tokens (RFC 8032, RFC 8037).

#ifndef ROLEGATE_SERVICE_SESSIONS_SIGNING_KEY_H_
#define ROLEGATE_SERVICE_SESSIONS_SIGNING_KEY_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service {

// Immutable; safe to share between threads.
class SigningKey {
 public:
  static constexpr std::size_t kSignatureBytes = 64;

  static absl::StatusOr<SigningKey> Generate(std::string kid);

  // A PKCS #8 private key or an SPKI public key, in PEM.  kInvalidArgument
  // for anything else, keys of other algorithms included.
  static absl::StatusOr<SigningKey> FromPem(std::string kid,
                                            absl::string_view pem);

  const std::string& kid() const { return kid_; }
  bool has_private() const { return has_private_; }

  // 64 bytes; empty without the private part.
  std::string Sign(absl::string_view message) const;
  bool Verify(absl::string_view message, absl::string_view signature) const;

  // 32 bytes.
  std::string PublicBytes() const;
  // PKCS #8, without a passphrase.  Secret.
  std::string PrivatePem() const;

 private:
  SigningKey() = default;

  std::string kid_;
  bool has_private_ = false;
  KeyPtr key_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SIGNING_KEY_H_
