#include "service/mfa/totp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace rolegate::service {
namespace {

constexpr std::int64_t kStepSeconds = 30;
constexpr std::int64_t kDrift = 1;  // steps, to either side
constexpr std::uint32_t kModulus = 1'000'000;
constexpr std::size_t kMinSecretBytes = 10;  // 80 bits, as devices have them

}  // namespace

std::optional<std::string> DecodeBase32(absl::string_view text) {
  std::string bytes;
  std::uint32_t buffer = 0;
  int bits = 0;
  bool padding = false;
  for (char c : absl::StripAsciiWhitespace(text)) {
    if (c == ' ' || c == '-') continue;
    if (c == '=') {
      padding = true;
      continue;
    }
    c = absl::ascii_toupper(static_cast<unsigned char>(c));
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= '2' && c <= '7') {
      value = static_cast<std::uint32_t>(c - '2') + 26;
    } else {
      return std::nullopt;
    }
    if (padding) return std::nullopt;
    buffer = (buffer << 5 | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(buffer >> bits & 0xff));
    }
  }
  if (bytes.size() < kMinSecretBytes) return std::nullopt;
  return bytes;
}

std::int64_t TotpStepAt(absl::Time now) {
  return absl::ToUnixSeconds(now) / kStepSeconds;
}

std::string TotpCode(absl::string_view secret, std::int64_t step) {
  unsigned char counter[8];
  for (int i = 0; i < 8; ++i) {
    counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >>
                                            (56 - 8 * i));
  }
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter,
           sizeof(counter), mac, &size) == nullptr) {
    return "";  // equals no code
  }
  // RFC 4226, section 5.3: dynamic truncation.
  const unsigned char* const at = mac + (mac[size - 1] & 0x0f);
  const std::uint32_t number = static_cast<std::uint32_t>(at[0] & 0x7f) << 24 |
                               static_cast<std::uint32_t>(at[1]) << 16 |
                               static_cast<std::uint32_t>(at[2]) << 8 | at[3];
  return absl::StrFormat("%06d", number % kModulus);
}

std::optional<std::int64_t> MatchTotp(absl::string_view secret,
                                      absl::string_view code, absl::Time now,
                                      std::int64_t last_step) {
  const std::int64_t current = TotpStepAt(now);
  std::optional<std::int64_t> found;
  // From the latest to the first, and never a break: neither the place of a
  // wrong digit nor the step shows in the time.
  for (std::int64_t step = current + kDrift; step >= current - kDrift; --step) {
    const std::string expected = TotpCode(secret, step);
    const bool equal =
        expected.size() == code.size() &&
        CRYPTO_memcmp(expected.data(), code.data(), code.size()) == 0;
    if (equal && step > last_step) found = step;
  }
  return found;
}

}  // namespace rolegate::service
