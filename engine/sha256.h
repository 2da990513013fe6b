// SHA-256.

#ifndef ROLEGATE_ENGINE_SHA256_H_
#define ROLEGATE_ENGINE_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

// 32 bytes.
std::string Sha256(absl::string_view bytes);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_SHA256_H_
