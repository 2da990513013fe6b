#include "engine/policy/context_key.h"

#include "engine/text/case_folding.h"
#include "engine/text/text.h"

namespace rolegate {

std::uint64_t HashKeyBeyondAscii(absl::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, by characters
  while (!key.empty()) {
    hash = (hash ^ FoldNameCharacter(TakeCharacter(&key))) * 0x100000001b3u;
  }
  return hash;
}

bool ContextKey::EqualIgnoringCase(const ContextKey& a, const ContextKey& b) {
  return EqualNames(a.name, b.name);
}

}  // namespace rolegate
