// SHA-256.

#ifndef ROLEGATE_ENGINE_TEXT_SHA256_H_
#define ROLEGATE_ENGINE_TEXT_SHA256_H_

#include <array>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate {

// A digest of 32 bytes, held inline.
class Sha256Digest {
 public:
  static constexpr std::size_t kBytes = 32;

  Sha256Digest() : bytes_() {}  // all zero: of nothing
  explicit Sha256Digest(absl::string_view text);

  absl::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

  friend bool operator==(const Sha256Digest&, const Sha256Digest&) = default;

 private:
  std::array<char, kBytes> bytes_;
};

// The digest's 32 bytes.
std::string Sha256(absl::string_view text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_SHA256_H_
