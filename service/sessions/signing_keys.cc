#include "service/sessions/signing_keys.h"

#include <openssl/rand.h>

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/sessions/key_folder.h"

namespace rolegate::service {
namespace {

absl::StatusOr<SigningKey> LoadKey(const std::string& path, std::string kid) {
  absl::StatusOr<std::string> pem = ReadKeyFile(path);
  if (!pem.ok()) return pem.status();
  absl::StatusOr<SigningKey> key = SigningKey::FromPem(std::move(kid), *pem);
  if (!key.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", key.status().message()));
  }
  if (key->has_private()) {
    if (absl::Status status = CheckSecrecy(path); !status.ok()) return status;
  }
  return key;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SigningKeys>> SigningKeys::Load(
    const std::string& dir) {
  absl::StatusOr<KeysOfKind> found = FindKeys(dir, ".pem", "active");
  if (!found.ok()) return found.status();
  std::shared_ptr<SigningKeys> set(new SigningKeys);
  for (const KeysOfKind::File& file : found->files) {
    absl::StatusOr<SigningKey> key = LoadKey(file.path, file.kid);
    if (!key.ok()) return key.status();
    if (key->has_private()) set->signer_ = file.kid;
    set->keys_.emplace(file.kid, *std::move(key));
  }
  if (const std::string& active = found->active; !active.empty()) {
    const SigningKey* const key = set->Find(active);
    if (key == nullptr || !key->has_private()) {
      return absl::InvalidArgumentError(
          absl::StrCat(found->active_path, ": names the private key `", active,
                       "`, which is not in the folder"));
    }
    set->signer_ = active;
  }
  if (set->signer_.empty()) {
    return absl::NotFoundError(
        absl::StrCat(dir,
                     ": holds no private key; `rolegated keys new` makes "
                     "one"));
  }
  return set;
}

absl::StatusOr<std::shared_ptr<const SigningKeys>> SigningKeys::Ephemeral() {
  unsigned char random[8];
  if (RAND_bytes(random, sizeof(random)) != 1) {
    return absl::InternalError("the system gave no random numbers");
  }
  const std::string kid = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(random), sizeof(random)));
  absl::StatusOr<SigningKey> key = SigningKey::Generate(kid);
  if (!key.ok()) return key.status();
  std::shared_ptr<SigningKeys> set(new SigningKeys);
  set->signer_ = kid;
  set->keys_.emplace(kid, *std::move(key));
  return set;
}

const SigningKey* SigningKeys::Find(absl::string_view kid) const {
  const auto found = keys_.find(std::string(kid));
  return found == keys_.end() ? nullptr : &found->second;
}

std::string SigningKeys::Jwks() const {
  std::vector<std::string> jwks;
  for (const auto& [kid, key] : keys_) {
    std::string x;
    absl::WebSafeBase64Escape(key.PublicBytes(), &x);
    jwks.push_back(absl::StrCat(
        R"({"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":")",
        kid, R"(","x":")", x, R"("})"));
  }
  return absl::StrCat(R"({"keys":[)", absl::StrJoin(jwks, ","), "]}");
}

}  // namespace rolegate::service
