// PolicyDocument -> Program.  The waist of the engine: the one file that sees
// both.  All literals are parsed here, so that none is at a request.

#ifndef ROLEGATE_ENGINE_PROGRAM_COMPILE_H_
#define ROLEGATE_ENGINE_PROGRAM_COMPILE_H_

#include "engine/memory/word_store.h"
#include "engine/policy/document_faults.h"
#include "engine/policy/policy_document.h"
#include "engine/policy/policy_kind.h"
#include "engine/program/program.h"

namespace rolegate {

// Condition values that are not of their operator's type are added to
// `faults`.  Null if there are faults, those that ValidatePolicy found before
// included.  Words that other programs have, too, stand in `words`, if it is
// not null.
CountedPtr<const Program> CompileProgram(const PolicyDocument& policy,
                                         const ProgramSource& source,
                                         DocumentFaults& faults,
                                         WordStore* words);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_COMPILE_H_
