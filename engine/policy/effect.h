// The effect of a statement on the requests that it matches.

#ifndef ROLEGATE_ENGINE_POLICY_EFFECT_H_
#define ROLEGATE_ENGINE_POLICY_EFFECT_H_

#include <cstdint>

namespace rolegate {

// Deny is the zero value: a forgotten assignment refuses.
enum class Effect : std::uint8_t { kDeny, kAllow };

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_EFFECT_H_
