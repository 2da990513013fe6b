#include "tests/support/identity_issuer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/jws.h"

namespace rolegate::testing {
namespace {

using ::rolegate::service::EncodeBase64Url;

const char* CurveOf(const std::string& algorithm) {
  if (algorithm == "ES384") return "P-384";
  return algorithm == "ES512" ? "P-521" : "P-256";
}
int CoordinateBytes(const std::string& algorithm) {
  if (algorithm == "ES384") return 48;
  return algorithm == "ES512" ? 66 : 32;
}

const EVP_MD* DigestOf(const std::string& algorithm) {
  if (absl::EndsWith(algorithm, "384")) return EVP_sha384();
  if (absl::EndsWith(algorithm, "512")) return EVP_sha512();
  return algorithm == "EdDSA" ? nullptr : EVP_sha256();
}

// A number of the key, in `size` bytes or as few as it takes.
std::string Number(EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  std::string bytes(
      static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  BN_free(number);
  return EncodeBase64Url(bytes);
}

std::string RawSignature(const std::string& der, int coordinate) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* const pair =
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string raw(static_cast<std::size_t>(2 * coordinate), '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, coordinate);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + coordinate, coordinate);
  ECDSA_SIG_free(pair);
  return raw;
}

}  // namespace

void IdentityIssuer::AddKey(const std::string& kid,
                            const std::string& algorithm,
                            std::size_t rsa_bits) {
  Key& key = keys_[kid];
  key.algorithm = algorithm;
  if (algorithm == "EdDSA") {
    key.key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  } else if (algorithm[0] == 'E') {
    key.key.reset(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", CurveOf(algorithm)));
  } else {
    key.key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits));
  }
}

std::string IdentityIssuer::Jwk(const std::string& kid) const {
  const Key& key = keys_.at(kid);
  EVP_PKEY* const pkey = key.key.get();
  std::string members;
  if (key.algorithm == "EdDSA") {
    std::string bytes(32, '\0');
    std::size_t size = bytes.size();
    EVP_PKEY_get_raw_public_key(
        pkey, reinterpret_cast<unsigned char*>(bytes.data()), &size);
    members = absl::StrCat(R"("kty": "OKP", "crv": "Ed25519", "x": ")",
                           EncodeBase64Url(bytes), "\"");
  } else if (key.algorithm[0] == 'E') {
    const int size = CoordinateBytes(key.algorithm);
    members = absl::StrCat(
        R"("kty": "EC", "crv": ")", CurveOf(key.algorithm), R"(", "x": ")",
        Number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, size), R"(", "y": ")",
        Number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size), "\"");
  } else {
    members = absl::StrCat(R"("kty": "RSA", "n": ")",
                           Number(pkey, OSSL_PKEY_PARAM_RSA_N), R"(", "e": ")",
                           Number(pkey, OSSL_PKEY_PARAM_RSA_E), "\"");
  }
  return absl::StrCat("{", members, R"(, "use": "sig", "kid": ")", kid,
                      R"(", "alg": ")", key.algorithm, "\"}");
}

std::string IdentityIssuer::Jwks() const {
  std::vector<std::string> all;
  for (const auto& [kid, key] : keys_) all.push_back(Jwk(kid));
  return absl::StrCat(R"({"keys": [)", absl::StrJoin(all, ", "), "]}");
}

std::string IdentityIssuer::Token(const std::string& kid,
                                  const std::string& claims) const {
  const std::string& algorithm = keys_.at(kid).algorithm;
  return Sign(
      kid, algorithm,
      absl::StrCat(R"({"alg": ")", algorithm, R"(", "kid": ")", kid, "\"}"),
      claims);
}

std::string IdentityIssuer::Sign(const std::string& kid,
                                 const std::string& algorithm,
                                 const std::string& header,
                                 const std::string& claims) const {
  EVP_PKEY* const key = keys_.at(kid).key.get();
  const std::string message =
      absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* padding = nullptr;
  EVP_DigestSignInit(context, &padding, DigestOf(algorithm), nullptr, key);
  if (algorithm == "PS256") {
    EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST);
  }
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()),
                 &size, reinterpret_cast<const unsigned char*>(message.data()),
                 message.size());
  EVP_MD_CTX_free(context);
  signature.resize(size);
  if (algorithm[0] == 'E' && algorithm != "EdDSA") {
    signature = RawSignature(signature, CoordinateBytes(algorithm));
  }
  return absl::StrCat(message, ".", EncodeBase64Url(signature));
}

std::string ServiceAccountClaims(const std::string& issuer,
                                 const std::string& audience,
                                 const std::string& service_account,
                                 absl::Time now, const std::string& more) {
  const std::int64_t seconds = absl::ToUnixSeconds(now);
  const std::string name =
      service_account.substr(service_account.find(':') + 1);
  const std::string space =
      service_account.substr(0, service_account.find(':'));
  return absl::StrCat(
      R"({"iss": ")", issuer, R"(", "aud": [")", audience,
      R"("], "sub": "system:serviceaccount:)", service_account, R"(", "iat": )",
      seconds, R"(, "nbf": )", seconds, R"(, "exp": )", seconds + 3600,
      R"(, "jti": "0b1c", "kubernetes.io": {"namespace": ")", space,
      R"(", "serviceaccount": {"name": ")", name,
      R"(", "uid": "3f9e"}, "pod": {"name": "shop-7d4b", "uid": "91aa"}})",
      more, "}");
}

}  // namespace rolegate::testing
