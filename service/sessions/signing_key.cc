#include "service/sessions/signing_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kPublicBytes = 32;

// Never asks a terminal for a passphrase.
int NoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

absl::StatusOr<SigningKey> SigningKey::Generate(std::string kid) {
  SigningKey key;
  key.kid_ = std::move(kid);
  key.has_private_ = true;
  key.key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key.key_ == nullptr) return absl::InternalError("cannot make a key");
  return key;
}

absl::StatusOr<SigningKey> SigningKey::FromPem(std::string kid,
                                               absl::string_view pem) {
  SigningKey key;
  key.kid_ = std::move(kid);
  key.has_private_ = absl::StrContains(pem, "PRIVATE KEY");
  const BioPtr bio = ReadingBio(pem);
  key.key_.reset(
      key.has_private_
          ? PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr)
          : PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (key.key_ == nullptr) {
    return absl::InvalidArgumentError(
        "is no key: expected a PEM file with an unencrypted private or public "
        "key");
  }
  if (EVP_PKEY_get_base_id(key.key_.get()) != EVP_PKEY_ED25519) {
    return absl::InvalidArgumentError(
        "is a key of another kind: expected an Ed25519 key");
  }
  return key;
}

std::string SigningKey::Sign(absl::string_view message) const {
  if (!has_private_) return "";
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                         key_.get()) != 1 ||
      EVP_DigestSign(context.get(),
                     reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(message), message.size()) != 1) {
    ERR_clear_error();
    return "";
  }
  return signature;
}

bool SigningKey::Verify(absl::string_view message,
                        absl::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const DigestContextPtr context(EVP_MD_CTX_new());
  const bool valid =
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                           key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                       Bytes(message), message.size()) == 1;
  ERR_clear_error();
  return valid;
}

std::string SigningKey::PublicBytes() const {
  std::string bytes(kPublicBytes, '\0');
  std::size_t size = bytes.size();
  EVP_PKEY_get_raw_public_key(
      key_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size);
  return bytes;
}

std::string SigningKey::PrivatePem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0,
                                nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace rolegate::service
