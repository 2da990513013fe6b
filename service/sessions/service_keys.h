// The keys of the service: those in a folder, or one of each kind that the
// server makes for itself.

#ifndef ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_H_
#define ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "service/sessions/sealing_keys.h"
#include "service/sessions/signing_keys.h"

namespace rolegate::service {

// The keys in force, of both kinds.  Thread-safe.
class ServiceKeys {
 public:
  // `dir` empty: a key for the life of this store.
  static absl::StatusOr<std::unique_ptr<ServiceKeys>> Open(std::string dir);

  bool ephemeral() const { return dir_.empty(); }
  const std::string& dir() const { return dir_; }
  std::shared_ptr<const SigningKeys> signing() const;
  std::shared_ptr<const SealingKeys> sealing() const;

  // Reads the folder again.  All or nothing: a fault leaves the keys in force.
  // True if the keys changed.
  absl::StatusOr<bool> Reload();

 private:
  ServiceKeys(std::string dir, std::shared_ptr<const SigningKeys> signing,
              std::shared_ptr<const SealingKeys> sealing);

  const std::string dir_;
  mutable absl::Mutex mu_;
  std::shared_ptr<const SigningKeys> signing_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const SealingKeys> sealing_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_H_
