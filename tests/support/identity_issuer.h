// An OpenID Connect provider for tests: keys of every kind, and tokens.

#ifndef ROLEGATE_TESTS_SUPPORT_IDENTITY_ISSUER_H_
#define ROLEGATE_TESTS_SUPPORT_IDENTITY_ISSUER_H_

#include <openssl/evp.h>

#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace rolegate::testing {

class IdentityIssuer {
 public:
  // Makes a key; `algorithm` is RS256, ES384, EdDSA and the like.
  void AddKey(const std::string& kid, const std::string& algorithm,
              std::size_t rsa_bits = 2048);

  // The public keys as a JSON Web Key Set, and one of them.
  std::string Jwks() const;
  std::string Jwk(const std::string& kid) const;

  // A token with the usual header and these claims.
  std::string Token(const std::string& kid, const std::string& claims) const;
  // The same with a header of one's own, signed as `algorithm` says.
  std::string Sign(const std::string& kid, const std::string& algorithm,
                   const std::string& header, const std::string& claims) const;

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  struct Key {
    std::string algorithm;
    std::unique_ptr<EVP_PKEY, FreeKey> key;
  };

  std::map<std::string, Key> keys_;
};

// The claims of a projected service-account token, as Kubernetes writes them.
// `more` are further members, each with a comma before it.
std::string ServiceAccountClaims(const std::string& issuer,
                                 const std::string& audience,
                                 const std::string& service_account,
                                 absl::Time now, const std::string& more = "");

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_IDENTITY_ISSUER_H_
