// The public keys of identity providers: JSON Web Keys (RFC 7517, RFC 7518,
// RFC 8037).
//
//   absl::StatusOr<JsonWebKeySet> keys = JsonWebKeySet::Parse(text);
//   const JsonWebKey* key = keys->Find(kid);
//   if (key != nullptr && key->Verify("RS256", message, signature)) ...

#ifndef ROLEGATE_SERVICE_FEDERATION_JSON_WEB_KEY_H_
#define ROLEGATE_SERVICE_FEDERATION_JSON_WEB_KEY_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/json/json_document.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service {

// Whether any key could ever verify this `alg`: RS256, RS384, RS512, PS256,
// ES256, ES384, ES512 or EdDSA.
bool IsSignatureAlgorithm(absl::string_view name);

// Immutable; safe to share between threads.
class JsonWebKey {
 public:
  // kInvalidArgument, saying why, for a key that verifies no signature here:
  // another type or curve, a symmetric key, RSA of less than 2048 bits, a
  // point beside the curve, or one that is meant for something else.
  static absl::StatusOr<JsonWebKey> Parse(const JsonNode& node);

  const std::string& kid() const { return kid_; }

  // The key's type, curve and `alg` decide which algorithms it has, and nothing
  // that a token says does.  Returns false for any other algorithm.
  bool Verify(absl::string_view algorithm, absl::string_view message,
              absl::string_view signature) const;

 private:
  std::string kid_;
  std::vector<std::string> algorithms_;
  KeyPtr key_;
};

// Immutable; safe to share between threads.
class JsonWebKeySet {
 public:
  // Keys that JsonWebKey does not take, or that have no `kid`, are left out,
  // as RFC 7517 asks.  kInvalidArgument for what is no key set, holds a
  // private key or two keys of one `kid`, or has no key that is of use.
  static absl::StatusOr<JsonWebKeySet> Parse(absl::string_view text);

  // Null if there is none.
  const JsonWebKey* Find(absl::string_view kid) const;

 private:
  absl::flat_hash_map<std::string, JsonWebKey> keys_;
};

// Says what is wrong with the text of a key set, for the registry.
absl::Status CheckJsonWebKeySet(absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_FEDERATION_JSON_WEB_KEY_H_
