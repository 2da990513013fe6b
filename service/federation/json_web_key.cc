#include "service/federation/json_web_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/jws.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxSetBytes = std::size_t{512} << 10;
constexpr int kMaxSetDepth = 8;
constexpr std::size_t kMaxKeys = 200;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // verifying costs the square of it
constexpr std::size_t kMaxExponentBytes = 4;
constexpr std::size_t kEd25519Bytes = 32;

using BigNumber = OpensslPtr<BIGNUM, BN_free>;
using ParamBuilder = OpensslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = OpensslPtr<OSSL_PARAM, OSSL_PARAM_free>;
using KeyContext = OpensslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EcSignature = OpensslPtr<ECDSA_SIG, ECDSA_SIG_free>;

enum class Scheme { kRsa, kRsaPss, kEcdsa, kEdDsa };

struct Algorithm {
  absl::string_view name;
  Scheme scheme;
  const EVP_MD* (*digest)();  // null: the scheme has its own
};
constexpr Algorithm kAlgorithms[] = {
    {"RS256", Scheme::kRsa, EVP_sha256},
    {"RS384", Scheme::kRsa, EVP_sha384},
    {"RS512", Scheme::kRsa, EVP_sha512},
    {"PS256", Scheme::kRsaPss, EVP_sha256},
    {"ES256", Scheme::kEcdsa, EVP_sha256},
    {"ES384", Scheme::kEcdsa, EVP_sha384},
    {"ES512", Scheme::kEcdsa, EVP_sha512},
    {"EdDSA", Scheme::kEdDsa, nullptr},
};

struct Curve {
  absl::string_view name;  // RFC 7518
  const char* group;       // OpenSSL's
  std::size_t coordinate;  // bytes
  absl::string_view algorithm;
};
constexpr Curve kCurves[] = {
    {"P-256", "prime256v1", 32, "ES256"},
    {"P-384", "secp384r1", 48, "ES384"},
    {"P-521", "secp521r1", 66, "ES512"},
};

const Algorithm* FindAlgorithm(absl::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                   [&](const Algorithm& each) { return each.name == name; });
  return found == std::end(kAlgorithms) ? nullptr : found;
}

BigNumber ToNumber(absl::string_view bytes) {
  return BigNumber(
      BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

absl::Status Unfit(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

// Empty for a member that is absent or no text.
absl::string_view TextOf(const JsonNode& node, absl::string_view member) {
  const JsonNode* const found = node.Find(member);
  return found != nullptr && found->is_string() ? found->text()
                                                : absl::string_view();
}

std::optional<std::string> BytesOf(const JsonNode& node,
                                   absl::string_view member) {
  std::optional<std::string> bytes = DecodeBase64Url(TextOf(node, member));
  if (bytes && bytes->empty()) return std::nullopt;
  return bytes;
}

EVP_PKEY* MakeKey(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr ||
      EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1) {
    return nullptr;
  }
  return key;
}

EVP_PKEY* MakeRsaKey(absl::string_view modulus, absl::string_view exponent) {
  const BigNumber n = ToNumber(modulus);
  const BigNumber e = ToNumber(exponent);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) !=
          1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) !=
          1) {
    return nullptr;
  }
  return MakeKey("RSA", builder.get());
}

EVP_PKEY* MakeEcKey(const Curve& curve, absl::string_view x,
                    absl::string_view y) {
  const std::string point = absl::StrCat("\x04", x, y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                      curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                       point.data(), point.size()) != 1) {
    return nullptr;
  }
  return MakeKey("EC", builder.get());
}

bool IsOnItsCurve(EVP_PKEY* key) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context != nullptr && EVP_PKEY_public_check(context.get()) == 1;
}

absl::StatusOr<EVP_PKEY*> ReadRsa(const JsonNode& node) {
  const std::optional<std::string> n = BytesOf(node, "n");
  const std::optional<std::string> e = BytesOf(node, "e");
  // RFC 7518: the shortest spelling of the number.
  if (!n || !e || n->front() == '\0' || e->front() == '\0') {
    return Unfit("`n` or `e` is malformed");
  }
  const int bits = BN_num_bits(ToNumber(*n).get());
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return Unfit(absl::StrCat("RSA of ", bits, " bits, expected ", kMinRsaBits,
                              " to ", kMaxRsaBits));
  }
  const bool odd = ((n->back() & e->back()) & 1) != 0;
  if (!odd || e->size() > kMaxExponentBytes || *e == "\x01") {
    return Unfit("`n` or `e` is not of an RSA key");
  }
  return MakeRsaKey(*n, *e);
}

absl::StatusOr<EVP_PKEY*> ReadEc(const JsonNode& node, const Curve& curve) {
  const std::optional<std::string> x = BytesOf(node, "x");
  const std::optional<std::string> y = BytesOf(node, "y");
  if (!x || !y || x->size() != curve.coordinate ||
      y->size() != curve.coordinate) {
    return Unfit("`x` or `y` is malformed");
  }
  EVP_PKEY* const key = MakeEcKey(curve, *x, *y);
  if (key != nullptr && !IsOnItsCurve(key)) {
    EVP_PKEY_free(key);
    return Unfit("the point is not on the curve");
  }
  return key;
}

absl::StatusOr<EVP_PKEY*> ReadEd25519(const JsonNode& node) {
  const std::optional<std::string> x = BytesOf(node, "x");
  if (TextOf(node, "crv") != "Ed25519" || !x || x->size() != kEd25519Bytes) {
    return Unfit("expected `crv` Ed25519 and an `x` of 32 bytes");
  }
  return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x),
                                     x->size());
}

// Whether the key says that it is meant for signatures, or says nothing.
bool VerifiesSignatures(const JsonNode& node) {
  if (const JsonNode* const use = node.Find("use");
      use != nullptr && use->text() != "sig") {
    return false;
  }
  const JsonNode* const operations = node.Find("key_ops");
  if (operations == nullptr) return true;
  const auto elements = operations->elements();
  return std::any_of(
      elements.begin(), elements.end(),
      [](const JsonNode& each) { return each.text() == "verify"; });
}

// r and s of fixed size, as RFC 7518 has them, in the form of OpenSSL.
std::string ToDer(absl::string_view signature) {
  const std::size_t half = signature.size() / 2;
  const EcSignature pair(ECDSA_SIG_new());
  BigNumber r = ToNumber(signature.substr(0, half));
  BigNumber s = ToNumber(signature.substr(half));
  if (ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return "";
  (void)r.release();  // the pair's now
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return "";
  std::string text(reinterpret_cast<char*>(der),
                   static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool VerifyDigest(EVP_PKEY* key, const Algorithm& algorithm,
                  absl::string_view message, absl::string_view signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;  // the context's
  const EVP_MD* const digest =
      algorithm.digest == nullptr ? nullptr : algorithm.digest();
  if (EVP_DigestVerifyInit(context.get(), &padding, digest, nullptr, key) !=
      1) {
    return false;
  }
  if (algorithm.scheme == Scheme::kRsaPss &&
      (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) !=
           1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                          Bytes(message), message.size()) == 1;
}

std::size_t SignatureSize(EVP_PKEY* key, Scheme scheme) {
  if (scheme != Scheme::kEcdsa) {
    return static_cast<std::size_t>(EVP_PKEY_get_size(key));
  }
  return 2 * ((static_cast<std::size_t>(EVP_PKEY_get_bits(key)) + 7) / 8);
}

}  // namespace

bool IsSignatureAlgorithm(absl::string_view name) {
  return FindAlgorithm(name) != nullptr;
}

absl::StatusOr<JsonWebKey> JsonWebKey::Parse(const JsonNode& node) {
  if (!node.is_object()) return Unfit("is no object");
  if (!VerifiesSignatures(node)) return Unfit("is not for signatures");
  JsonWebKey key;
  key.kid_ = std::string(TextOf(node, "kid"));
  const absl::string_view type = TextOf(node, "kty");
  absl::StatusOr<EVP_PKEY*> made = Unfit("has a `kty` that is not supported");
  if (type == "RSA") {
    made = ReadRsa(node);
    key.algorithms_ = {"RS256", "RS384", "RS512"};
  } else if (type == "EC") {
    const auto* const curve = std::find_if(
        std::begin(kCurves), std::end(kCurves),
        [&](const Curve& each) { return each.name == TextOf(node, "crv"); });
    if (curve == std::end(kCurves)) return Unfit("`crv` is not supported");
    made = ReadEc(node, *curve);
    key.algorithms_ = {std::string(curve->algorithm)};
  } else if (type == "OKP") {
    made = ReadEd25519(node);
    key.algorithms_ = {"EdDSA"};
  }
  if (made.ok()) key.key_.reset(*made);
  ERR_clear_error();
  if (!made.ok()) return made.status();
  if (key.key_ == nullptr) return Unfit("is no valid key");

  // A key that names its algorithm has that one alone.
  if (const JsonNode* const named = node.Find("alg"); named != nullptr) {
    const std::string name(named->text());
    const bool fits = std::find(key.algorithms_.begin(), key.algorithms_.end(),
                                name) != key.algorithms_.end() ||
                      (type == "RSA" && name == "PS256");
    if (!fits) return Unfit("`alg` is not of the key's type");
    key.algorithms_ = {name};
  }
  return key;
}

bool JsonWebKey::Verify(absl::string_view algorithm, absl::string_view message,
                        absl::string_view signature) const {
  const Algorithm* const known = FindAlgorithm(algorithm);
  if (known == nullptr ||
      std::find(algorithms_.begin(), algorithms_.end(), algorithm) ==
          algorithms_.end() ||
      signature.size() != SignatureSize(key_.get(), known->scheme)) {
    return false;
  }
  const bool valid =
      known->scheme == Scheme::kEcdsa
          ? VerifyDigest(key_.get(), *known, message, ToDer(signature))
          : VerifyDigest(key_.get(), *known, message, signature);
  ERR_clear_error();
  return valid;
}

absl::StatusOr<JsonWebKeySet> JsonWebKeySet::Parse(absl::string_view text) {
  JsonLimits limits;
  limits.max_bytes = kMaxSetBytes;
  limits.max_depth = kMaxSetDepth;
  JsonParseError error;
  const std::unique_ptr<JsonDocument> json =
      JsonDocument::Parse(std::string(text), limits, &error);
  if (json == nullptr) {
    return Unfit(absl::StrCat("is no JSON Web Key Set: ", error.message));
  }
  const JsonNode* const list = json->root().Find("keys");
  if (list == nullptr || !list->is_array()) {
    return Unfit("is no JSON Web Key Set: `keys` is missing");
  }
  if (list->elements().size() > kMaxKeys) {
    return Unfit(absl::StrCat("has ", list->elements().size(),
                              " keys, at most ", kMaxKeys));
  }
  JsonWebKeySet set;
  std::string last = "it is empty";
  for (const JsonNode& node : list->elements()) {
    if (node.Find("d") != nullptr) {
      return Unfit("holds a private key, which nobody else must have");
    }
    absl::StatusOr<JsonWebKey> key = JsonWebKey::Parse(node);
    if (!key.ok() || key->kid().empty()) {
      last = key.ok() ? "no `kid`" : std::string(key.status().message());
      continue;
    }
    std::string kid = key->kid();
    if (!set.keys_.emplace(std::move(kid), *std::move(key)).second) {
      return Unfit("has two keys of one `kid`");
    }
  }
  if (set.keys_.empty()) {
    return Unfit(absl::StrCat("has no key that verifies signatures: ", last));
  }
  return set;
}

const JsonWebKey* JsonWebKeySet::Find(absl::string_view kid) const {
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : &found->second;
}

absl::Status CheckJsonWebKeySet(absl::string_view text) {
  return JsonWebKeySet::Parse(text).status();
}

}  // namespace rolegate::service
