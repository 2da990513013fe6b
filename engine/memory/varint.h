// Numbers of seven bits a byte, the lowest first: small ones take one byte.

#ifndef ROLEGATE_ENGINE_MEMORY_VARINT_H_
#define ROLEGATE_ENGINE_MEMORY_VARINT_H_

#include <cstdint>
#include <string>

namespace rolegate {

inline constexpr unsigned kVarintBits = 7;
inline constexpr std::uint64_t kVarintMore = std::uint64_t{1} << kVarintBits;

inline void AppendVarint(std::uint64_t number, std::string* out) {
  for (; number >= kVarintMore; number >>= kVarintBits) {
    out->push_back(static_cast<char>(number | kVarintMore));
  }
  out->push_back(static_cast<char>(number));
}

// Reads a number that AppendVarint wrote and moves `*at` behind it.
inline std::uint64_t ReadVarint(const char** at) {
  std::uint64_t number = static_cast<unsigned char>(*(*at)++);
  if (number < kVarintMore) return number;
  number -= kVarintMore;
  for (unsigned shift = kVarintBits;; shift += kVarintBits) {
    const auto byte = static_cast<unsigned char>(*(*at)++);
    number |= (byte & (kVarintMore - 1)) << shift;
    if (byte < kVarintMore) return number;
  }
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_MEMORY_VARINT_H_
