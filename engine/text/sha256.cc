#include "engine/text/sha256.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace rolegate {
namespace {

// The algorithm, and what it works in, are fetched once for each thread: to
// look them up for every text takes longer than to digest a policy.
struct Context {
  Context() : md(EVP_MD_CTX_new()) {
    EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    ready = md != nullptr && algorithm != nullptr &&
            EVP_DigestInit_ex(md, algorithm, nullptr) == 1;
    EVP_MD_free(algorithm);
  }
  ~Context() { EVP_MD_CTX_free(md); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  EVP_MD_CTX* const md;
  bool ready = false;
};

}  // namespace

Sha256Digest::Sha256Digest(absl::string_view text) : bytes_() {
  static thread_local Context context;
  auto* const out = reinterpret_cast<unsigned char*>(bytes_.data());
  // Without an algorithm it begins anew with the one of before.
  if (!context.ready || EVP_DigestInit_ex(context.md, nullptr, nullptr) != 1 ||
      EVP_DigestUpdate(context.md, text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(context.md, out, nullptr) != 1) {
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           out);
  }
}

std::string Sha256(absl::string_view text) {
  return std::string(Sha256Digest(text).bytes());
}

}  // namespace rolegate
