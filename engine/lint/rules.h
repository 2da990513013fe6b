// The linter's rules, one function a subject.  Each looks at one statement, or
// at the document as a whole, and adds what it finds.

#ifndef ROLEGATE_ENGINE_LINT_RULES_H_
#define ROLEGATE_ENGINE_LINT_RULES_H_

#include "engine/lint/pattern_cover.h"
#include "engine/lint/report.h"
#include "engine/lint/statement.h"
#include "engine/policy/policy_document.h"
#include "engine/program/policy.h"
#include "engine/text/steps.h"

namespace rolegate {

// The rules, and what every rule works with.
//
// A rule reads the document once, or a number of times that the document has
// no say in.  Work beyond that, such as comparing each with each, is charged to
// `steps` before it is done, and a rule ends where they are exhausted: that the
// lint was cut short is then reported for all rules together.
struct LintScope {
  const PolicyDocument& policy;
  PolicyKind kind;
  LintReport& report;
  StepBudget& steps;
  PatternCover& cover;  // charges the same steps
};

// The rules for a document: document_rules.cc, overlap_rules.cc.
void LintDocument(const LintScope& scope, const JsonNode& root);
void LintOverlaps(const LintScope& scope);

// The rules for a statement, each in the file of its name: principal_rules.cc,
// ...
void LintPrincipals(const LintScope& scope, const StatementDocument& statement,
                    const StatementFacts& facts);
void LintTrust(const LintScope& scope, const StatementDocument& statement,
               const StatementFacts& facts);
void LintActions(const LintScope& scope, const StatementDocument& statement);
void LintResources(const LintScope& scope, const StatementDocument& statement,
                   const StatementFacts& facts);
void LintGrants(const LintScope& scope, const StatementDocument& statement,
                const StatementFacts& facts);
void LintKeys(const LintScope& scope, const StatementDocument& statement);
void LintAbsence(const LintScope& scope, const StatementDocument& statement,
                 const StatementFacts& facts);
void LintImpossible(const LintScope& scope, const StatementDocument& statement,
                    const StatementFacts& facts);
void LintPresence(const LintScope& scope, const StatementDocument& statement,
                  const StatementFacts& facts);
void LintValues(const LintScope& scope, const StatementDocument& statement,
                const StatementFacts& facts);
void LintVariables(const LintScope& scope, const StatementDocument& statement);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_RULES_H_
