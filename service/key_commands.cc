#include "service/key_commands.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/jws.h"
#include "service/key_store.h"

namespace rolegate::service {

absl::StatusOr<std::string> NewKey(const std::string& dir, std::string kid) {
  if (kid.empty()) {
    kid = absl::FormatTime("%Y%m%dT%H%M%SZ", absl::Now(), absl::UTCTimeZone());
  }
  if (kid.size() > 64 ||
      kid.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
                            "YZ0123456789_-") != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", kid.substr(0, 64),
                     "` is no kid: expected 1 to 64 of letters, digits, `_` "
                     "and `-`"));
  }
  absl::StatusOr<SigningKey> key = SigningKey::Generate(kid);
  if (!key.ok()) return key.status();
  const std::string path = absl::StrCat(dir, "/", kid, ".pem");
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make `", path, "`: ", std::strerror(errno)));
  }
  const std::string pem = key->PrivatePem();
  const bool written =
      write(fd, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) &&
      fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!written) {
    unlink(path.c_str());
    return absl::InternalError(
        absl::StrCat("cannot write `", path, "`: ", std::strerror(error)));
  }
  return kid;
}

absl::StatusOr<std::string> ListKeys(const std::string& dir) {
  absl::StatusOr<std::shared_ptr<const KeySet>> keys = KeySet::Load(dir);
  if (!keys.ok()) return keys.status();
  std::string lines;
  for (const auto& [kid, key] : (*keys)->keys()) {
    absl::StrAppendFormat(&lines, "%-24s  %-8s  %s\n", kid,
                          &key == &(*keys)->signer() ? "signs" : "verifies",
                          EncodeBase64Url(key.PublicBytes()));
  }
  return lines;
}

absl::StatusOr<std::string> PublishKeys(const std::string& dir) {
  absl::StatusOr<std::shared_ptr<const KeySet>> keys = KeySet::Load(dir);
  if (!keys.ok()) return keys.status();
  return (*keys)->Jwks();
}

}  // namespace rolegate::service
