// The keys of the service: those in a folder, or one made for its life.

#ifndef ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_H_
#define ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "service/sessions/sealing_keys.h"
#include "service/sessions/signing_key.h"

namespace rolegate::service {

// The keys at one moment.  Immutable.
class KeySet {
 public:
  // From `KID.pem` files.  The name `active`, in a file of that name without
  // an ending, says which private key signs; without it the last private key
  // in the order of kids does.  So a new public key is published first, and
  // signs once its private part is there.  The error names the file.
  static absl::StatusOr<std::shared_ptr<const KeySet>> Load(
      const std::string& dir);
  static absl::StatusOr<std::shared_ptr<const KeySet>> Ephemeral();

  const SigningKey* Find(absl::string_view kid) const;  // null: unknown
  const SigningKey& signer() const { return keys_.at(signer_); }
  const std::map<std::string, SigningKey>& keys() const { return keys_; }

  // RFC 7517: public parts only.
  std::string Jwks() const;

 private:
  KeySet() = default;

  std::map<std::string, SigningKey> keys_;
  std::string signer_;
};

// The key sets in force.  Thread-safe.
class KeyStore {
 public:
  // `dir` empty: a key for the life of this store.
  static absl::StatusOr<std::unique_ptr<KeyStore>> Open(std::string dir);

  bool ephemeral() const { return dir_.empty(); }
  const std::string& dir() const { return dir_; }
  std::shared_ptr<const KeySet> keys() const;
  std::shared_ptr<const SealingKeys> sealing() const;

  // Reads the folder again.  All or nothing: a fault leaves the keys in force.
  // True if the keys changed.
  absl::StatusOr<bool> Reload();

 private:
  KeyStore(std::string dir, std::shared_ptr<const KeySet> keys,
           std::shared_ptr<const SealingKeys> sealing);

  const std::string dir_;
  mutable absl::Mutex mu_;
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const SealingKeys> sealing_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_H_
