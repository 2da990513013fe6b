#include "engine/sha256.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace rolegate {

std::string Sha256(absl::string_view bytes) {
  // Fetched once: SHA256() looks the algorithm up on every call, which takes
  // longer than to digest a policy.
  static const EVP_MD* const kAlgorithm =
      EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(digest.data());
  if (kAlgorithm == nullptr || EVP_Digest(bytes.data(), bytes.size(), out,
                                          nullptr, kAlgorithm, nullptr) != 1) {
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           out);
  }
  return digest;
}

}  // namespace rolegate
