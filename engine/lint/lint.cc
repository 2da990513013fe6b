#include "engine/lint/lint.h"

#include "engine/lint/rules.h"

namespace rolegate {

void LintPolicy(const InspectedPolicy& policy, DocumentFaults& faults) {
  LintReport report(faults);
  PatternCover cover;
  const LintScope scope{policy.document, policy.kind, report, cover};
  LintDocument(scope, policy.root);
  for (const StatementDocument& statement : policy.document.statements) {
    LintPrincipals(scope, statement);
    if (policy.kind == PolicyKind::kTrust) LintTrust(scope, statement);
    LintActions(scope, statement);
    LintResources(scope, statement);
    LintGrants(scope, statement);
    LintKeys(scope, statement);
    LintPresence(scope, statement);
    LintValues(scope, statement);
    LintVariables(scope, statement);
  }
  LintOverlaps(scope);
}

}  // namespace rolegate
