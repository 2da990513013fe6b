#include "engine/sha256.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace rolegate {

Sha256Digest::Sha256Digest(absl::string_view text) : bytes_() {
  // Fetched once: SHA256() looks the algorithm up on every call, which takes
  // longer than to digest a policy.
  static const EVP_MD* const kAlgorithm =
      EVP_MD_fetch(nullptr, "SHA256", nullptr);
  auto* const out = reinterpret_cast<unsigned char*>(bytes_.data());
  if (kAlgorithm == nullptr || EVP_Digest(text.data(), text.size(), out,
                                          nullptr, kAlgorithm, nullptr) != 1) {
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           out);
  }
}

std::string Sha256(absl::string_view text) {
  return std::string(Sha256Digest(text).bytes());
}

}  // namespace rolegate
