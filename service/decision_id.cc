#include "service/decision_id.h"

#include <openssl/rand.h>

#include <algorithm>

namespace rolegate::service {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint64_t kFortyBits = (std::uint64_t{1} << 40) - 1;

std::uint64_t Random() {
  std::uint64_t value = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof(value));
  return value;
}

// The lowest 5 x `digits` bits of `value`, the highest first.
void Append(std::uint64_t value, int digits, std::string* id) {
  for (int i = digits - 1; i >= 0; --i) {
    id->push_back(kAlphabet[(value >> (5 * i)) & 31]);
  }
}

}  // namespace

DecisionIdGenerator::DecisionIdGenerator()
    : process_(Random() & kFortyBits), counter_(Random() & kFortyBits) {}

std::string DecisionIdGenerator::Next(absl::Time now) {
  std::string id;
  id.reserve(26);
  Append(static_cast<std::uint64_t>(
             std::max<std::int64_t>(0, absl::ToUnixMillis(now))),
         10, &id);
  Append(process_, 8, &id);
  Append(counter_.fetch_add(1, std::memory_order_relaxed) & kFortyBits, 8, &id);
  return id;
}

}  // namespace rolegate::service
