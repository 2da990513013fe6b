#include "engine/lint/lint.h"

#include <algorithm>

#include "engine/lint/rules.h"
#include "engine/lint/statement.h"

namespace rolegate {

void LintPolicy(const InspectedPolicy& policy, DocumentFaults& faults) {
  LintReport report(faults);
  StepBudget steps(kMaxPolicyLintSteps);
  PatternCover cover(steps);
  const LintScope scope{policy.document, policy.kind, report, steps, cover};
  LintDocument(scope, policy.root);
  for (const StatementDocument& statement : policy.document.statements) {
    const StatementFacts facts(statement, policy.kind, cover);
    LintPrincipals(scope, statement, facts);
    if (policy.kind == PolicyKind::kTrust) LintTrust(scope, statement, facts);
    LintActions(scope, statement);
    LintResources(scope, statement, facts);
    LintGrants(scope, statement, facts);
    LintKeys(scope, statement);
    LintAbsence(scope, statement, facts);
    LintImpossible(scope, statement, facts);
    LintPresence(scope, statement, facts);
    LintValues(scope, statement, facts);
    LintVariables(scope, statement);
  }
  LintOverlaps(scope);
  if (steps.exhausted()) {
    report.Add(Finding::kLintIncomplete, policy.document.offset, "");
  }
  if (policy.steps != nullptr) {
    policy.steps->Spend(std::min(steps.spent(), steps.limit()));
  }
}

}  // namespace rolegate
