#include "service/sessions/service_keys.h"

#include <utility>

namespace rolegate::service {

ServiceKeys::ServiceKeys(std::string dir,
                         std::shared_ptr<const SigningKeys> signing,
                         std::shared_ptr<const SealingKeys> sealing)
    : dir_(std::move(dir)),
      signing_(std::move(signing)),
      sealing_(std::move(sealing)) {}

absl::StatusOr<std::unique_ptr<ServiceKeys>> ServiceKeys::Open(
    std::string dir) {
  absl::StatusOr<std::shared_ptr<const SigningKeys>> signing =
      dir.empty() ? SigningKeys::Ephemeral() : SigningKeys::Load(dir);
  if (!signing.ok()) return signing.status();
  absl::StatusOr<std::shared_ptr<const SealingKeys>> sealing =
      dir.empty() ? SealingKeys::Ephemeral() : SealingKeys::Load(dir);
  if (!sealing.ok()) return sealing.status();
  return std::unique_ptr<ServiceKeys>(new ServiceKeys(
      std::move(dir), *std::move(signing), *std::move(sealing)));
}

std::shared_ptr<const SigningKeys> ServiceKeys::signing() const {
  absl::ReaderMutexLock lock(&mu_);
  return signing_;
}

std::shared_ptr<const SealingKeys> ServiceKeys::sealing() const {
  absl::MutexLock lock(&mu_);
  return sealing_;
}

absl::StatusOr<bool> ServiceKeys::Reload() {
  if (ephemeral()) return false;
  absl::StatusOr<std::shared_ptr<const SigningKeys>> signing =
      SigningKeys::Load(dir_);
  if (!signing.ok()) return signing.status();
  absl::StatusOr<std::shared_ptr<const SealingKeys>> sealing =
      SealingKeys::Load(dir_);
  if (!sealing.ok()) return sealing.status();
  absl::MutexLock lock(&mu_);
  // Keys that did not change stay the same object, because verified tokens are
  // remembered with it, and because a key that the server made for itself still
  // opens what it sealed.
  const bool same_signing =
      (*signing)->Jwks() == signing_->Jwks() &&
      (*signing)->signer().kid() == signing_->signer().kid();
  const bool same_sealing =
      ((*sealing)->ephemeral() && sealing_->ephemeral()) ||
      (*sealing)->SameKeys(*sealing_);
  if (!same_signing) signing_ = *std::move(signing);
  if (!same_sealing) sealing_ = *std::move(sealing);
  return !same_signing || !same_sealing;
}

}  // namespace rolegate::service
