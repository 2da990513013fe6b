// PolicyDocument -> Program.  This is the only file that sees both.  It parses
// all literals, so that none is parsed at a request.

#ifndef ROLEGATE_ENGINE_PROGRAM_COMPILE_H_
#define ROLEGATE_ENGINE_PROGRAM_COMPILE_H_

#include "engine/policy/document_faults.h"
#include "engine/policy/policy_document.h"
#include "engine/policy/policy_kind.h"
#include "engine/program/program.h"

namespace rolegate {

// Adds a fault for each condition value that is not of its operator's type.
// Returns null if there are faults then, those that ValidatePolicy found before
// included.
CountedPtr<const Program> CompileProgram(const PolicyDocument& policy,
                                         const ProgramSource& source,
                                         DocumentFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_COMPILE_H_
