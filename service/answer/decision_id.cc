#include "service/answer/decision_id.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace rolegate::service {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint64_t kFortyBits = (std::uint64_t{1} << 40) - 1;

std::uint64_t Random() {
  std::uint64_t value = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof(value));
  return value;
}

// Writes the lowest 5 x `digits` bits of `value`, the highest first.
char* Write(std::uint64_t value, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i) {
    *out++ = kAlphabet[(value >> (5 * i)) & 31];
  }
  return out;
}

}  // namespace

DecisionIdGenerator::DecisionIdGenerator()
    : process_(Random() & kFortyBits), counter_(Random() & kFortyBits) {}

void DecisionIdGenerator::Next(absl::Time now, std::string* id) {
  std::array<char, 26> digits;
  char* out = digits.data();
  out = Write(static_cast<std::uint64_t>(
                  std::max<std::int64_t>(0, absl::ToUnixMillis(now))),
              10, out);
  out = Write(process_, 8, out);
  Write(counter_.fetch_add(1, std::memory_order_relaxed) & kFortyBits, 8, out);
  id->assign(digits.data(), digits.size());
}

}  // namespace rolegate::service
