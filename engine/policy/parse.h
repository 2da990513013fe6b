// JSON tree -> PolicyDocument: the grammar of policies, and nothing else.
// What a kind of policy must or must not have is validate.h's matter.
//
// AWS: "Grammar of the IAM JSON policy language", IAM User Guide.

#ifndef ROLEGATE_ENGINE_POLICY_PARSE_H_
#define ROLEGATE_ENGINE_POLICY_PARSE_H_

#include "engine/json/json_document.h"
#include "engine/policy/document_faults.h"
#include "engine/policy/policy_document.h"

namespace rolegate {

// Reads the object at `root`.  Every departure from the grammar is added to
// `faults`; the result is of use only if none was.
PolicyDocument ParsePolicy(const JsonNode& root, DocumentFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_PARSE_H_
