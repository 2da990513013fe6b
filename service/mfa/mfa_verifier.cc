#include "service/mfa/mfa_verifier.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "engine/registry/file_descriptor.h"
#include "service/mfa/totp.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxSeedBytes = 1024;

absl::Duration LockTime(int locks) {
  absl::Duration time = kMfaFirstLock;
  for (int i = 1; i < locks && time < kMfaLongestLock; ++i) time *= 2;
  return std::min(time, kMfaLongestLock);
}

}  // namespace

absl::string_view MfaOutcomeName(MfaOutcome outcome) {
  switch (outcome) {
    case MfaOutcome::kAccepted:
      return "the MFA code is right";
    case MfaOutcome::kWrongCode:
      return "the MFA code is wrong, or was used before";
    case MfaOutcome::kLocked:
      break;
  }
  return "the MFA device is locked after too many wrong codes";
}

MfaOutcome UseMfaCode(absl::string_view secret, absl::string_view code,
                      absl::Time now, MfaDeviceState* state) {
  if (state->locked_at != 0) {
    const std::int64_t seconds = absl::ToUnixSeconds(now);
    // A clock that was set back must not make a lock longer than it is.
    state->locked_at = std::min(state->locked_at, seconds);
    if (absl::Seconds(seconds - state->locked_at) < LockTime(state->locks)) {
      return MfaOutcome::kLocked;
    }
    state->locked_at = 0;
  }
  if (const std::optional<std::int64_t> step =
          MatchTotp(secret, code, now, state->last_step)) {
    *state = {.last_step = *step};
    return MfaOutcome::kAccepted;
  }
  if (++state->failures >= kMfaFailuresToLock) {
    state->failures = 0;
    state->locked_at = absl::ToUnixSeconds(now);
    ++state->locks;
  }
  return MfaOutcome::kWrongCode;
}

absl::StatusOr<MfaOutcome> MfaVerifier::Use(const MfaDevice& device,
                                            absl::string_view code,
                                            absl::Time now) const {
  absl::StatusOr<std::string> secret = ReadSeed(device.seed_file);
  if (!secret.ok()) return secret.status();
  absl::StatusOr<MfaStateFile> file = MfaStateFile::Lock(
      absl::StrCat(state_dir_, "/mfa"), device.serial_number);
  if (!file.ok()) return file.status();
  MfaDeviceState state = file->state();
  const MfaOutcome outcome = UseMfaCode(*secret, code, now, &state);
  OPENSSL_cleanse(secret->data(), secret->size());
  if (state != file->state()) {
    if (absl::Status saved = file->Save(state); !saved.ok()) return saved;
  }
  return outcome;
}

// The registry has checked that `name` is the name of a file and no path.
absl::StatusOr<std::string> MfaVerifier::ReadSeed(
    const std::string& name) const {
  const std::string path = absl::StrCat(seed_dir_, "/", name);
  const FileDescriptor fd(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat st {};
  if (!fd.ok() || fstat(fd.get(), &st) != 0) {
    return absl::NotFoundError(
        absl::StrCat("cannot open ", path, ": ", strerror(errno)));
  }
  if (!S_ISREG(st.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no file"));
  }
  if ((st.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, ": others can read the seed; make it 0600 or 0440"));
  }
  std::string text(kMaxSeedBytes, '\0');
  const ssize_t size = read(fd.get(), text.data(), text.size());
  std::optional<std::string> secret =
      size < 0 ? std::nullopt
               : DecodeBase32({text.data(), static_cast<std::size_t>(size)});
  OPENSSL_cleanse(text.data(), text.size());
  if (!secret) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " does not hold a seed of at least 80 bits in base32"));
  }
  return *std::move(secret);
}

}  // namespace rolegate::service
