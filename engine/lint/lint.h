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

#include "engine/diagnostic.h"
#include "engine/document_faults.h"
#include "engine/policy.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

// Looks at one document.  A PolicyInspector.
void LintPolicy(const InspectedPolicy& policy, DocumentFaults& faults);

// Looks at how the registry's roles and policies stand to each other.
Diagnostics LintRegistry(const Snapshot& snapshot);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_LINT_H_
