// What to test instead of a key that somebody never has.

#ifndef ROLEGATE_ENGINE_LINT_ABSENCE_H_
#define ROLEGATE_ENGINE_LINT_ABSENCE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/lint/requesters.h"
#include "engine/policy/context_keys.h"

namespace rolegate {

// Says which of the principals never have the key, and the nearest key that
// they have.  `issuer` is the beginning of the keys of their tokens; empty if
// they have none.
std::string AbsenceHint(const KnownKey& key, PrincipalKinds kinds,
                        absl::string_view issuer);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_ABSENCE_H_
