#include "engine/policy/context_key.h"

#include "absl/strings/match.h"

namespace rolegate {

bool ContextKey::EqualIgnoringCase(const ContextKey& a, const ContextKey& b) {
  return absl::EqualsIgnoreCase(a.name, b.name);
}

}  // namespace rolegate
