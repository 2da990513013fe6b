// Checks the fields of AssumeRole one by one, against the limits of AWS's API
// model.

#ifndef ROLEGATE_ENGINE_STS_ASSUME_ROLE_FIELDS_H_
#define ROLEGATE_ENGINE_STS_ASSUME_ROLE_FIELDS_H_

#include "engine/sts/assume_role_input.h"
#include "engine/sts/result.h"

namespace rolegate {

// Returns every violation, and not only the first: they are joined into one
// message, as AWS joins them.  Returns nothing if the fields are valid.
[[nodiscard]] Refusal ValidateAssumeRole(const AssumeRoleInput& input);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ASSUME_ROLE_FIELDS_H_
