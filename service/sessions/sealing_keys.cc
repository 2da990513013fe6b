#include "service/sessions/sealing_keys.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/base64.h"
#include "service/base/jws.h"
#include "service/base/openssl_objects.h"
#include "service/sessions/key_folder.h"

namespace rolegate::service {
namespace {

// A message: version, size of the kid, kid, salt, counter, ciphertext, tag.
constexpr char kVersion = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kCounterBytes = 8;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

constexpr absl::string_view kEnding = ".seal";
constexpr absl::string_view kActiveFile = "active-seal";
constexpr absl::string_view kDerivation = "rolegate seal 1";

using CipherContextPtr = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

// Looking a cipher up costs more than sealing with it.
const EVP_CIPHER* Cipher() {
  static const EVP_CIPHER* const cipher =
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

std::string Derive(absl::string_view key, absl::string_view salt) {
  const std::string text = absl::StrCat(kDerivation, salt);
  std::string derived(SealingKeys::kKeyBytes, '\0');
  unsigned int size = 0;
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              Bytes(text), text.size(), Bytes(derived), &size) == nullptr
             ? ""
             : derived;
}

std::string RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  return RAND_bytes(Bytes(bytes), static_cast<int>(size)) == 1 ? bytes : "";
}

// A counter as nonce: the first bytes stay zero.
std::string NonceOf(absl::string_view counter) {
  return absl::StrCat(std::string(kNonceBytes - kCounterBytes, '\0'), counter);
}

bool SetAssociatedData(EVP_CIPHER_CTX* context, bool seal,
                       absl::string_view header, absl::string_view purpose) {
  const auto update = seal ? EVP_EncryptUpdate : EVP_DecryptUpdate;
  int size = 0;
  return update(context, nullptr, &size, Bytes(header),
                static_cast<int>(header.size())) == 1 &&
         update(context, nullptr, &size, Bytes(purpose),
                static_cast<int>(purpose.size())) == 1;
}

absl::Status LoadKey(const std::string& path, std::string* to) {
  absl::StatusOr<std::string> text = ReadKeyFile(path);
  if (!text.ok()) return text.status();
  if (absl::Status status = CheckSecrecy(path); !status.ok()) return status;
  std::optional<std::string> key =
      DecodeBase64(absl::StripAsciiWhitespace(*text));
  OPENSSL_cleanse(text->data(), text->size());
  if (!key || key->size() != SealingKeys::kKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        ": is no sealing key: expected 32 bytes in base64, which `rolegated "
        "keys new --sealing` writes"));
  }
  to->assign(key->data(), key->size());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SealingKeys>> SealingKeys::Load(
    const std::string& dir) {
  absl::StatusOr<KeysOfKind> found = FindKeys(dir, kEnding, kActiveFile);
  if (!found.ok()) return found.status();
  std::shared_ptr<SealingKeys> set(new SealingKeys);
  for (const KeysOfKind::File& file : found->files) {
    if (absl::Status status = LoadKey(file.path, &set->keys_[file.kid]);
        !status.ok()) {
      return status;
    }
    set->sealer_ = file.kid;
  }
  if (const std::string& active = found->active; !active.empty()) {
    if (set->keys_.count(active) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(found->active_path, ": names the sealing key `", active,
                       "`, which is not in the folder"));
    }
    set->sealer_ = active;
  }
  if (set->keys_.empty()) return Ephemeral();
  if (absl::Status status = set->Begin(); !status.ok()) return status;
  return set;
}

absl::StatusOr<bool> SealingKeys::AreIn(const std::string& dir) {
  const absl::StatusOr<KeysOfKind> found = FindKeys(dir, kEnding, kActiveFile);
  if (!found.ok()) return found.status();
  return !found->files.empty();
}

absl::StatusOr<std::shared_ptr<const SealingKeys>> SealingKeys::Ephemeral() {
  std::shared_ptr<SealingKeys> set(new SealingKeys);
  set->ephemeral_ = true;
  set->sealer_ = "ephemeral";
  set->keys_.emplace(set->sealer_, RandomBytes(kKeyBytes));
  if (absl::Status status = set->Begin(); !status.ok()) return status;
  return set;
}

absl::Status SealingKeys::Begin() {
  salt_ = RandomBytes(kSaltBytes);
  derived_ = Derive(keys_.at(sealer_), salt_);
  if (salt_.empty() || derived_.empty() || keys_.at(sealer_).empty() ||
      Cipher() == nullptr) {
    return absl::InternalError(
        "the system gave no random numbers, or OpenSSL no AES-256-GCM");
  }
  return absl::OkStatus();
}

std::string SealingKeys::Seal(absl::string_view text,
                              absl::string_view purpose) const {
  std::string message;
  const std::size_t header_size = 2 + sealer_.size() + kSaltBytes;
  message.reserve(header_size + kCounterBytes + text.size() + kTagBytes);
  message.push_back(kVersion);
  message.push_back(static_cast<char>(sealer_.size()));
  absl::StrAppend(&message, sealer_, salt_);
  const std::uint64_t count = counter_.fetch_add(1, std::memory_order_relaxed);
  for (int shift = 56; shift >= 0; shift -= 8) {
    message.push_back(static_cast<char>(count >> shift & 0xff));
  }
  const std::string nonce =
      NonceOf(absl::string_view(message).substr(header_size));
  const std::size_t body = message.size();
  message.resize(body + text.size() + kTagBytes);

  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool sealed =
      EVP_EncryptInit_ex2(context.get(), Cipher(), Bytes(derived_),
                          Bytes(nonce), nullptr) == 1 &&
      SetAssociatedData(context.get(), true,
                        absl::string_view(message).substr(0, header_size),
                        purpose) &&
      EVP_EncryptUpdate(context.get(), Bytes(message) + body, &size,
                        Bytes(text), static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), Bytes(message) + body + text.size(),
                          &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          Bytes(message) + body + text.size()) == 1;
  if (!sealed) {
    ERR_clear_error();
    return "";
  }
  return EncodeBase64Url(message);
}

std::optional<std::string> SealingKeys::Open(absl::string_view sealed,
                                             absl::string_view purpose) const {
  const std::optional<std::string> message = DecodeBase64Url(sealed);
  if (!message || message->size() < 2 || message->front() != kVersion) {
    return std::nullopt;
  }
  const absl::string_view all = *message;
  const std::size_t kid_size = static_cast<unsigned char>(all[1]);
  const std::size_t header_size = 2 + kid_size + kSaltBytes;
  const std::size_t body = header_size + kCounterBytes;
  if (all.size() < body + kTagBytes) return std::nullopt;
  const auto key = keys_.find(std::string(all.substr(2, kid_size)));
  if (key == keys_.end()) return std::nullopt;
  const std::string derived =
      Derive(key->second, all.substr(2 + kid_size, kSaltBytes));
  const std::string nonce = NonceOf(all.substr(header_size, kCounterBytes));
  const absl::string_view ciphertext =
      all.substr(body, all.size() - body - kTagBytes);
  std::string tag(all.substr(all.size() - kTagBytes));
  std::string text(ciphertext.size(), '\0');

  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  int size = 0;
  unsigned char none[kTagBytes];
  const bool opened =
      !derived.empty() &&
      EVP_DecryptInit_ex2(context.get(), Cipher(), Bytes(derived), Bytes(nonce),
                          nullptr) == 1 &&
      SetAssociatedData(context.get(), false, all.substr(0, header_size),
                        purpose) &&
      EVP_DecryptUpdate(context.get(), Bytes(text), &size, Bytes(ciphertext),
                        static_cast<int>(ciphertext.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                          Bytes(tag)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), none, &size) == 1;
  ERR_clear_error();
  if (!opened) return std::nullopt;
  return text;
}

}  // namespace rolegate::service
