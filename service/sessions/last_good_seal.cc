#include "service/sessions/last_good_seal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kPurpose = "rolegate last good 1 ";
constexpr std::size_t kBytes = 32;
constexpr char kDigest[] = "SHA256";

using Kdf = OpensslPtr<EVP_KDF, EVP_KDF_free>;
using KdfContext = OpensslPtr<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using MacAlgorithm = OpensslPtr<EVP_MAC, EVP_MAC_free>;
using MacContext = OpensslPtr<EVP_MAC_CTX, EVP_MAC_CTX_free>;

OSSL_PARAM DigestParameter(const char* name) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(kDigest), 0);
}
OSSL_PARAM OctetsParameter(const char* name, const std::string& octets) {
  return OSSL_PARAM_construct_octet_string(
      name, const_cast<char*>(octets.data()), octets.size());
}

// False if OpenSSL cannot do it.
bool Derive(const std::string& key, const std::string& info,
            std::string* derived) {
  const Kdf kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContext context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  const OSSL_PARAM parameters[] = {DigestParameter(OSSL_KDF_PARAM_DIGEST),
                                   OctetsParameter(OSSL_KDF_PARAM_KEY, key),
                                   OctetsParameter(OSSL_KDF_PARAM_INFO, info),
                                   OSSL_PARAM_construct_end()};
  derived->assign(kBytes, '\0');
  return context != nullptr && EVP_KDF_derive(context.get(), Bytes(*derived),
                                              kBytes, parameters) == 1;
}

bool Authenticate(const std::string& key,
                  absl::Span<const absl::string_view> texts, std::string* mac) {
  const MacAlgorithm algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  const MacContext context(algorithm ? EVP_MAC_CTX_new(algorithm.get())
                                     : nullptr);
  const OSSL_PARAM parameters[] = {DigestParameter(OSSL_MAC_PARAM_DIGEST),
                                   OSSL_PARAM_construct_end()};
  if (context == nullptr ||
      EVP_MAC_init(context.get(), Bytes(key), key.size(), parameters) != 1) {
    return false;
  }
  for (absl::string_view text : texts) {
    if (EVP_MAC_update(context.get(), Bytes(text), text.size()) != 1) {
      return false;
    }
  }
  mac->assign(kBytes, '\0');
  std::size_t size = 0;
  return EVP_MAC_final(context.get(), Bytes(*mac), &size, kBytes) == 1 &&
         size == kBytes;
}

}  // namespace

absl::StatusOr<std::string> KeyedLastGoodSeal::KeyId() const {
  const auto sealing = keys_->sealing();
  if (sealing->ephemeral()) {
    return absl::FailedPreconditionError(
        "`session.keys_dir` holds no sealing key, which authenticates the last "
        "good generation; `rolegated keys new --sealing` makes one");
  }
  return sealing->sealer();
}

absl::StatusOr<std::string> KeyedLastGoodSeal::Mac(
    absl::string_view key_id, absl::Span<const absl::string_view> texts) const {
  const auto sealing = keys_->sealing();
  const auto key = sealing->keys().find(std::string(key_id));
  if (sealing->ephemeral() || key == sealing->keys().end()) {
    return absl::NotFoundError("no such sealing key");
  }
  std::string derived;
  std::string mac;
  const bool done =
      Derive(key->second, absl::StrCat(kPurpose, issuer_), &derived) &&
      Authenticate(derived, texts, &mac);
  OPENSSL_cleanse(derived.data(), derived.size());
  ERR_clear_error();
  if (!done) return absl::InternalError("OpenSSL has no HKDF or no HMAC");
  return mac;
}

bool KeyedLastGoodSeal::Equal(absl::string_view mac,
                              absl::string_view other) const {
  return mac.size() == other.size() &&
         CRYPTO_memcmp(mac.data(), other.data(), mac.size()) == 0;
}

}  // namespace rolegate::service
