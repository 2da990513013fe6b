// The linter: what loads, and still deserves a look.
//
//   RegistryOptions options;
//   options.inspector = LintPolicy;   // every document, while it is read
//   ...
//   Diagnostics more = LintRegistry(*registry.snapshot());
//
// Findings never change a decision, and a server does not look for them.
// What they are: findings.h.

#ifndef ROLEGATE_ENGINE_LINT_LINT_H_
#define ROLEGATE_ENGINE_LINT_LINT_H_

#include <cstdint>

#include "engine/policy/document_faults.h"
#include "engine/program/policy.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// The most that comparisons may cost in one document.  The documents of AWS
// need half of it at most, and most of them a hundredth.
inline constexpr std::uint64_t kMaxPolicyLintSteps = 5'000'000;

// Looks at one document.  A PolicyInspector.  Charges what it costs to the
// policy's steps, kMaxPolicyLintSteps at most, and adds LintIncomplete if that
// was too little for all of the document.
void LintPolicy(const InspectedPolicy& policy, DocumentFaults& faults);

// The most that LintRegistry may cost unless its caller says otherwise: a few
// seconds.
inline constexpr std::uint64_t kMaxRegistryLintSteps = 4'000'000'000;

// Looks at how the registry's roles and policies stand to each other.  The
// questions of which role may assume which grow with the square of their
// number: those for which steps are left are asked, and LintIncomplete says
// that there were more.
Diagnostics LintRegistry(const Snapshot& snapshot,
                         std::uint64_t max_steps = kMaxRegistryLintSteps);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_LINT_H_
