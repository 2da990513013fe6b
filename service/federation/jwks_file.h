// Files of public keys.

#ifndef ROLEGATE_SERVICE_FEDERATION_JWKS_FILE_H_
#define ROLEGATE_SERVICE_FEDERATION_JWKS_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace rolegate::service {

// The text of a file that holds a JSON Web Key Set (RFC 7517), at most 512 KiB.
// kInvalidArgument, naming the file, if it cannot be read or holds none.
absl::StatusOr<std::string> ReadJwksFile(const std::string& path);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_FEDERATION_JWKS_FILE_H_
