// Checks what each kind of policy must and must not have, and which texts are a
// principal, an action or a resource.  parse.h checks the grammar before, and
// compile.h the values of conditions afterwards.

#ifndef ROLEGATE_ENGINE_POLICY_VALIDATE_H_
#define ROLEGATE_ENGINE_POLICY_VALIDATE_H_

#include "engine/policy/document_faults.h"
#include "engine/policy/policy_document.h"
#include "engine/policy/policy_kind.h"

namespace rolegate {

// Adds every fault, never only the first, to `faults`.
void ValidatePolicy(const PolicyDocument& policy, PolicyKind kind,
                    DocumentFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_VALIDATE_H_
