// Measures what a session token costs beside the arithmetic that it cannot do
// without, and prints the figures as JSON.

#include <openssl/evp.h>

#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/paired.h"
#include "service/sessions/service_keys.h"
#include "service/sessions/session_token.h"
#include "service/sessions/verified_sessions.h"

namespace rolegate::bench {
namespace {

using service::SigningKeys;
using service::TokenParties;
using service::VerifiedSessions;

// Ends the program if what VerifiedSessions::Verify or VerifyToken returned is
// an error.
template <typename Verified>
void Expect(const Verified& verified) {
  if (verified.ok()) return;
  std::cerr << "the token does not verify\n";
  std::exit(1);
}

RoleSession Session(absl::Time now) {
  RoleSession session;
  session.role_arn = "arn:aws:iam::123456789012:role/Typical";
  session.role_id = "AROATYPICAL";
  session.session_name = "bench";
  session.issued_at = now;
  session.expires_at = now + absl::Hours(1);
  return session;
}

void Measure() {
  const absl::Time now = absl::Now();
  const TokenParties parties = {"rolegate", "rolegate"};
  const std::shared_ptr<const SigningKeys> keys = *SigningKeys::Ephemeral();
  RoleSession session = Session(now);
  const std::string token =
      service::MintToken(&session, parties, keys->signer())->token;

  VerifiedSessions cache(std::size_t{16} << 20);
  Expect(cache.Verify(token, parties, keys, now));
  EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* const hash = EVP_MD_CTX_new();
  unsigned char digest[EVP_MAX_MD_SIZE];
  const Pair known = InTurns(
      201, 500, [&](int) { Expect(cache.Verify(token, parties, keys, now)); },
      500,
      [&](int) {
        EVP_DigestInit_ex2(hash, sha256, nullptr);
        EVP_DigestUpdate(hash, token.data(), token.size());
        EVP_DigestFinal_ex(hash, digest, nullptr);
      });
  EVP_MD_CTX_free(hash);
  EVP_MD_free(sha256);

  const std::string message = token.substr(0, token.rfind('.'));
  const std::string signature = keys->signer().Sign(message);
  const Pair unknown = InTurns(
      101, 20,
      [&](int) { Expect(service::VerifyToken(token, parties, *keys, now)); },
      20, [&](int) { keys->signer().Verify(message, signature); });
  std::cout << absl::StrCat(
      "{\"token_bytes\":", token.size(), ",\"known_ns\":", known.a,
      ",\"sha256_ns\":", known.b, ",\"known_ratio\":", known.ratio,
      ",\"unknown_ns\":", unknown.a, ",\"ed25519_ns\":", unknown.b,
      ",\"unknown_ratio\":", unknown.ratio, "}\n");
}

}  // namespace
}  // namespace rolegate::bench

int main() {
  rolegate::bench::Measure();
  return 0;
}
