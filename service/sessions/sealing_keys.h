// Secret keys that seal texts which only the service itself may read again.

#ifndef ROLEGATE_SERVICE_SESSIONS_SEALING_KEYS_H_
#define ROLEGATE_SERVICE_SESSIONS_SEALING_KEYS_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

// The keys at one moment.  Thread-safe.  A message is sealed with AES-256-GCM
// under a key that is derived, for this object alone, from the newest one, so
// that a counter is nonce enough however many replicas seal how much.
class SealingKeys {
 public:
  static constexpr std::size_t kKeyBytes = 32;

  // Reads the `KID.seal` files of the folder of keys: 32 bytes in base64 each.
  // The file `active-seal` names by its kid the key that seals.  Without it,
  // the last key in the order of kids seals.  All of them open.  If the folder
  // has no such file, this makes a key as Ephemeral does.  The error names the
  // file.
  static absl::StatusOr<std::shared_ptr<const SealingKeys>> Load(
      const std::string& dir);
  // Whether the folder has such a file.
  static absl::StatusOr<bool> AreIn(const std::string& dir);
  // A key for the life of this object.
  static absl::StatusOr<std::shared_ptr<const SealingKeys>> Ephemeral();

  bool ephemeral() const { return ephemeral_; }
  const std::string& sealer() const { return sealer_; }  // its kid
  const std::map<std::string, std::string>& keys() const { return keys_; }

  // Whether the other one seals and opens the same.
  bool SameKeys(const SealingKeys& other) const {
    return keys_ == other.keys_ && sealer_ == other.sealer_;
  }

  // base64url.  The size follows from that of `text` and the kid alone.
  // `purpose` must be the same to open it.  Empty if there is no memory.
  std::string Seal(absl::string_view text, absl::string_view purpose) const;

  // Returns nothing unless Seal made it, with the same purpose, under one of
  // the keys.
  std::optional<std::string> Open(absl::string_view sealed,
                                  absl::string_view purpose) const;

 private:
  SealingKeys() = default;

  absl::Status Begin();  // derives the key that seals

  std::map<std::string, std::string> keys_;  // secret
  std::string sealer_;
  bool ephemeral_ = false;

  std::string salt_;     // goes with every message
  std::string derived_;  // secret
  mutable std::atomic<std::uint64_t> counter_{0};
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SEALING_KEYS_H_
