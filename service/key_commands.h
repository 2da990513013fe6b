// `rolegated keys new|list|publish`.

#ifndef ROLEGATE_SERVICE_KEY_COMMANDS_H_
#define ROLEGATE_SERVICE_KEY_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rolegate::service {

// Makes a key and writes `KID.pem`, readable by its owner alone; never over a
// file that is there.  `kid` empty: one is made up.  Returns the kid.
absl::StatusOr<std::string> NewKey(const std::string& dir, std::string kid);

// One line a key: kid, `signs` or `verifies`, and public key in base64url.
absl::StatusOr<std::string> ListKeys(const std::string& dir);

// The public keys as a JSON Web Key Set.
absl::StatusOr<std::string> PublishKeys(const std::string& dir);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_KEY_COMMANDS_H_
