// The name of a condition key, ready to be compared.

#ifndef ROLEGATE_ENGINE_POLICY_CONTEXT_KEY_H_
#define ROLEGATE_ENGINE_POLICY_CONTEXT_KEY_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// HashContextKey for a key that is not ASCII alone.
std::uint64_t HashKeyBeyondAscii(absl::string_view key);

// A hash that does not see letter case, for condition keys.
constexpr std::uint64_t HashContextKey(absl::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  unsigned char all = 0;
  for (char c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    const auto byte = static_cast<unsigned char>(c);
    all |= byte;
    hash = (hash ^ byte) * 0x100000001b3u;
  }
  return all < 0x80 ? hash : HashKeyBeyondAscii(key);
}

// A condition key with its hash.  Compares without regard to letter case, the
// tag's name in `aws:PrincipalTag/Team` included, as EqualNames does
// (case_folding.h).
struct ContextKey {
  absl::string_view name;
  std::uint64_t hash = 0;

  constexpr ContextKey() = default;
  explicit constexpr ContextKey(absl::string_view key)
      : name(key), hash(HashContextKey(key)) {}
  // `hash` is HashContextKey(key).
  constexpr ContextKey(absl::string_view key, std::uint64_t key_hash)
      : name(key), hash(key_hash) {}

  // Most keys differ in their hash.
  ABSL_ATTRIBUTE_ALWAYS_INLINE friend bool operator==(const ContextKey& a,
                                                      const ContextKey& b) {
    return a.hash == b.hash && (a.name == b.name || EqualIgnoringCase(a, b));
  }

 private:
  static bool EqualIgnoringCase(const ContextKey& a, const ContextKey& b);
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_CONTEXT_KEY_H_
