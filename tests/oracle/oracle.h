// A second evaluator of IAM policies, for tests alone: written from AWS's
// documentation for clarity, slow on purpose, and sharing nothing with the
// engine but the JSON library.  Where both agree on many random questions,
// a mistake would have had to be made twice.

#ifndef ROLEGATE_TESTS_ORACLE_ORACLE_H_
#define ROLEGATE_TESTS_ORACLE_ORACLE_H_

#include <string>

#include "rapidjson/document.h"

namespace rolegate_oracle {

using Json = rapidjson::Value;

// Answers one case (docs/policy-tests.md): "ALLOW",
// "EXPLICIT_DENY", "IMPLICIT_DENY", or "INVALID" for a policy that does not
// load.  Numbers of the case must have been parsed as strings.
std::string Decide(const Json& question);

}  // namespace rolegate_oracle

#endif  // ROLEGATE_TESTS_ORACLE_ORACLE_H_
