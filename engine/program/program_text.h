// Compiled patterns and values in the words of the policy language, for
// explanations.

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_TEXT_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_TEXT_H_

#include <string>

#include "engine/program/program.h"

namespace rolegate {

// "`arn:aws:s3:::home/${aws:username}/*`, `*`": the statement's resources.
std::string ShowResources(const Program& program,
                          const StatementCode& statement);

// The statement's principals in the same form.
std::string ShowPrincipals(const Program& program,
                           const StatementCode& statement);

// The values that a condition compares with, in the same form.
std::string ShowValues(const Program& program, const ConditionTest& test);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_TEXT_H_
