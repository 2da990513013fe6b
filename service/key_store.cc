#include "service/key_store.h"

#include <dirent.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxKeyBytes = 16 * 1024;
constexpr absl::string_view kActiveFile = "active";

// A kid goes into headers and URLs.
bool IsKid(absl::string_view kid) {
  return !kid.empty() && kid.size() <= 64 &&
         std::all_of(kid.begin(), kid.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_' || c == '.';
         });
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::NotFoundError(
        absl::StrCat(path, ": cannot open: ", strerror(errno)));
  }
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  if (text.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is too large"));
  }
  return text;
}

// A Kubernetes Secret is read through its `..data` link, so that keys of two
// versions never mix.
std::string ResolveDir(const std::string& dir) {
  const std::string data = absl::StrCat(dir, "/..data");
  struct stat st {};
  return stat(data.c_str(), &st) == 0 && S_ISDIR(st.st_mode) ? data : dir;
}

absl::StatusOr<SigningKey> LoadKey(const std::string& path, std::string kid) {
  if (!IsKid(kid)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path,
                     ": the name of a key file is its kid: letters, "
                     "digits, `-`, `_` and `.`, at most 64"));
  }
  absl::StatusOr<std::string> pem = ReadSmallFile(path);
  if (!pem.ok()) return pem.status();
  absl::StatusOr<SigningKey> key = SigningKey::FromPem(std::move(kid), *pem);
  if (!key.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", key.status().message()));
  }
  struct stat st {};
  if (key->has_private() && stat(path.c_str(), &st) == 0 &&
      (st.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        path, ": others can read the private key; make it 0600 or 0440"));
  }
  return key;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const KeySet>> KeySet::Load(
    const std::string& dir) {
  const std::string base = ResolveDir(dir);
  DIR* const stream = opendir(base.c_str());
  if (stream == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(dir, ": cannot open: ", strerror(errno)));
  }
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream))
    names.emplace_back(entry->d_name);
  closedir(stream);
  std::sort(names.begin(), names.end());

  std::shared_ptr<KeySet> set(new KeySet);
  std::string active;
  for (const std::string& name : names) {
    const std::string path = absl::StrCat(base, "/", name);
    absl::string_view kid = name;
    if (name == kActiveFile) {
      absl::StatusOr<std::string> text = ReadSmallFile(path);
      if (!text.ok()) return text.status();
      active = std::string(absl::StripAsciiWhitespace(*text));
    } else if (name.front() != '.' && absl::ConsumeSuffix(&kid, ".pem")) {
      absl::StatusOr<SigningKey> key = LoadKey(path, std::string(kid));
      if (!key.ok()) return key.status();
      if (key->has_private() && active.empty()) set->signer_ = std::string(kid);
      set->keys_.emplace(std::string(kid), *std::move(key));
    }
  }
  if (!active.empty()) {
    const SigningKey* const key = set->Find(active);
    if (key == nullptr || !key->has_private()) {
      return absl::InvalidArgumentError(absl::StrCat(
          base, "/active: no private key of the kid `", active, "`"));
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

absl::StatusOr<std::shared_ptr<const KeySet>> KeySet::Ephemeral() {
  unsigned char random[8];
  if (RAND_bytes(random, sizeof(random)) != 1) {
    return absl::InternalError("no random numbers");
  }
  const std::string kid = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(random), sizeof(random)));
  absl::StatusOr<SigningKey> key = SigningKey::Generate(kid);
  if (!key.ok()) return key.status();
  std::shared_ptr<KeySet> set(new KeySet);
  set->signer_ = kid;
  set->keys_.emplace(kid, *std::move(key));
  return set;
}

const SigningKey* KeySet::Find(absl::string_view kid) const {
  const auto found = keys_.find(std::string(kid));
  return found == keys_.end() ? nullptr : &found->second;
}

std::string KeySet::Jwks() const {
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

KeyStore::KeyStore(std::string dir, std::shared_ptr<const KeySet> keys)
    : dir_(std::move(dir)), keys_(std::move(keys)) {}

absl::StatusOr<std::unique_ptr<KeyStore>> KeyStore::Open(std::string dir) {
  absl::StatusOr<std::shared_ptr<const KeySet>> keys =
      dir.empty() ? KeySet::Ephemeral() : KeySet::Load(dir);
  if (!keys.ok()) return keys.status();
  return std::unique_ptr<KeyStore>(
      new KeyStore(std::move(dir), *std::move(keys)));
}

std::shared_ptr<const KeySet> KeyStore::keys() const {
  absl::ReaderMutexLock lock(&mu_);
  return keys_;
}

absl::StatusOr<bool> KeyStore::Reload() {
  if (ephemeral()) return false;
  absl::StatusOr<std::shared_ptr<const KeySet>> loaded = KeySet::Load(dir_);
  if (!loaded.ok()) return loaded.status();
  absl::MutexLock lock(&mu_);
  if ((*loaded)->Jwks() == keys_->Jwks() &&
      (*loaded)->signer().kid() == keys_->signer().kid()) {
    return false;
  }
  keys_ = *std::move(loaded);
  return true;
}

}  // namespace rolegate::service
