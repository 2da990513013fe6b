// Whether a text is a principal, an action pattern or a resource pattern.

#ifndef ROLEGATE_ENGINE_POLICY_VALIDATE_NAMES_H_
#define ROLEGATE_ENGINE_POLICY_VALIDATE_NAMES_H_

#include "absl/strings/string_view.h"
#include "engine/policy/policy_document.h"
#include "engine/policy/policy_kind.h"
#include "engine/text/fault_text.h"

namespace rolegate {

// Each returns what is wrong with the text, or nothing.

// AWS: "AWS JSON policy elements: Principal", IAM User Guide.
FaultText CheckPrincipal(const PrincipalEntry& entry);

// AWS: "IAM JSON policy elements: Action", IAM User Guide.
FaultText CheckAction(absl::string_view pattern, PolicyKind kind);

// AWS: "IAM JSON policy elements: Resource", IAM User Guide.
FaultText CheckResource(absl::string_view pattern, PolicyKind kind);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_VALIDATE_NAMES_H_
