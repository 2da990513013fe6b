// The condition keys that AWS defines: their types, and who may set them.
//
// AWS: "AWS global condition context keys" and "IAM and AWS STS condition
// context keys", IAM User Guide.

#ifndef ROLEGATE_ENGINE_POLICY_CONTEXT_KEYS_H_
#define ROLEGATE_ENGINE_POLICY_CONTEXT_KEYS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/policy/context_key.h"

namespace rolegate {

// Where the value of a key comes from.
enum class KeySource : std::uint8_t {
  kEngine,   // derived here; nobody may set it
  kSession,  // of the session or the registry's record; nobody may set it
  kCaller,   // told by the service that asks, which must be trusted for it
  kRequest,  // read off the AssumeRole request; nobody may set it there
  kToken,    // read off a verified token or assertion
  kAws,      // known to AWS alone; absent unless a caller gives it
};

enum class KeyType : std::uint8_t {
  kString,
  kArn,
  kNumeric,
  kDate,
  kBool,
  kIpAddress,
};

struct KnownKey {
  absl::string_view name;  // ends with `/` if a tag's or claim's key follows
  KeyType type;
  bool multi_valued;
  KeySource source;
};

// All of them.
absl::Span<const KnownKey> KnownKeys();

// The known key that `key` is, ignoring letter case; null for any other.
const KnownKey* FindKnownKey(const ContextKey& key);
inline const KnownKey* FindKnownKey(absl::string_view name) {
  return FindKnownKey(ContextKey(name));
}

// Whether the key can hold several values, and hence is no policy variable.
bool IsMultiValuedKey(absl::string_view name);

// Which call a caller's key came with.
enum class ContextUse : std::uint8_t {
  kAuthorize,
  kAssumeRole,  // from a service principal: keys of source kCaller only
  kSimulate,    // any key with any value
};

// What is wrong with a key and values that a caller gave: the key is not the
// caller's to set, or a value is not of the key's type.  Empty if nothing is.
std::string CheckCallerKey(const ContextKey& key,
                           absl::Span<const absl::string_view> values,
                           ContextUse use);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_CONTEXT_KEYS_H_
