// `rolegated keys new|list|publish`.

#ifndef ROLEGATE_SERVICE_SESSIONS_KEY_COMMANDS_H_
#define ROLEGATE_SERVICE_SESSIONS_KEY_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rolegate::service {

enum class KeyKind {
  kSigning,  // `KID.pem`
  kSealing,  // `KID.seal`
};

// Makes a key and writes its file, which only its owner can read.  Never
// replaces a file.  If `kid` is empty, it makes one up.  Returns the kid.
absl::StatusOr<std::string> NewKey(const std::string& dir, std::string kid,
                                   KeyKind kind = KeyKind::kSigning);

// Whether the directory holds a key of the kind.  Makes the directory, with
// mode 0700, if it is not there; the one above it must be.
absl::StatusOr<bool> HasKeyOrMakeFolder(const std::string& dir, KeyKind kind);

// Returns one line for each key.  It has the kid; then `signs` or `verifies`
// and the public key in base64url, or `seals` or `opens` and the first digits
// of a digest of the key, by which you can compare two replicas.
absl::StatusOr<std::string> ListKeys(const std::string& dir);

// The public keys as a JSON Web Key Set.
absl::StatusOr<std::string> PublishKeys(const std::string& dir);

// Writes what PublishKeys gives to a file for others to read, whole or not at
// all.
absl::Status PublishKeysTo(const std::string& dir, const std::string& path);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_KEY_COMMANDS_H_
