#include "service/sessions/key_commands.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/registry/content_digest.h"
#include "engine/registry/file_descriptor.h"
#include "service/base/jws.h"
#include "service/sessions/key_folder.h"
#include "service/sessions/service_keys.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kFingerprintBytes = 8;

absl::StatusOr<std::string> SigningKeyText(const std::string& kid) {
  absl::StatusOr<SigningKey> key = SigningKey::Generate(kid);
  if (!key.ok()) return key.status();
  return key->PrivatePem();
}

absl::StatusOr<std::string> SealingKeyText() {
  unsigned char key[SealingKeys::kKeyBytes];
  if (RAND_bytes(key, sizeof(key)) != 1) {
    return absl::InternalError("the system gave no random numbers");
  }
  std::string text = absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(key), sizeof(key)));
  OPENSSL_cleanse(key, sizeof(key));
  return text + "\n";
}

}  // namespace

absl::StatusOr<std::string> NewKey(const std::string& dir, std::string kid,
                                   KeyKind kind) {
  if (kid.empty()) {
    kid = absl::FormatTime("%Y%m%dT%H%M%SZ", absl::Now(), absl::UTCTimeZone());
  }
  if (!IsKid(kid) || kid.front() == '.') {
    return absl::InvalidArgumentError(
        absl::StrCat("`", kid.substr(0, 64),
                     "` is no key ID: expected 1 to 64 letters, digits, `_`, "
                     "`-` and `.`, without a `.` in front"));
  }
  const bool sealing = kind == KeyKind::kSealing;
  absl::StatusOr<std::string> text =
      sealing ? SealingKeyText() : SigningKeyText(kid);
  if (!text.ok()) return text.status();
  const absl::Status written = WriteKeyFile(
      absl::StrCat(dir, "/", kid, sealing ? ".seal" : ".pem"), *text);
  OPENSSL_cleanse(text->data(), text->size());
  if (!written.ok()) return written;
  return kid;
}

absl::StatusOr<bool> HasKeyOrMakeFolder(const std::string& dir, KeyKind kind) {
  if (mkdir(dir.c_str(), 0700) == 0) return false;
  if (errno != EEXIST) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make `", dir, "`: ", std::strerror(errno)));
  }
  const bool sealing = kind == KeyKind::kSealing;
  const absl::StatusOr<KeysOfKind> keys = FindKeys(
      dir, sealing ? ".seal" : ".pem", sealing ? "active-seal" : "active");
  if (!keys.ok()) return keys.status();
  return !keys->files.empty();
}

absl::StatusOr<std::string> ListKeys(const std::string& dir) {
  absl::StatusOr<std::shared_ptr<const SigningKeys>> keys =
      SigningKeys::Load(dir);
  if (!keys.ok()) return keys.status();
  absl::StatusOr<std::shared_ptr<const SealingKeys>> sealing =
      SealingKeys::Load(dir);
  if (!sealing.ok()) return sealing.status();
  std::string lines;
  const auto add = [&](const std::string& kid, const char* use,
                       const std::string& shown) {
    absl::StrAppendFormat(&lines, "%-24s  %-8s  %s\n", kid, use, shown);
  };
  for (const auto& [kid, key] : (*keys)->keys()) {
    add(kid, &key == &(*keys)->signer() ? "signs" : "verifies",
        EncodeBase64Url(key.PublicBytes()));
  }
  if ((*sealing)->ephemeral()) return lines;
  for (const auto& [kid, key] : (*sealing)->keys()) {
    add(kid, kid == (*sealing)->sealer() ? "seals" : "opens",
        absl::BytesToHexString(Sha256(key).substr(0, kFingerprintBytes)));
  }
  return lines;
}

absl::StatusOr<std::string> PublishKeys(const std::string& dir) {
  absl::StatusOr<std::shared_ptr<const SigningKeys>> keys =
      SigningKeys::Load(dir);
  if (!keys.ok()) return keys.status();
  return (*keys)->Jwks();
}

absl::Status PublishKeysTo(const std::string& dir, const std::string& path) {
  absl::StatusOr<std::string> jwks = PublishKeys(dir);
  if (!jwks.ok()) return jwks.status();
  jwks->push_back('\n');
  const std::string temporary = path + ".new";
  {
    const FileDescriptor fd(open(
        temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd.ok() ||
        write(fd.get(), jwks->data(), jwks->size()) !=
            static_cast<ssize_t>(jwks->size()) ||
        fsync(fd.get()) != 0) {
      return absl::InternalError(absl::StrCat("cannot write `", temporary,
                                              "`: ", std::strerror(errno)));
    }
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::InternalError(
        absl::StrCat("cannot write `", path, "`: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace rolegate::service
