// The linter's rules, one function a subject.  Each looks at one statement, or
// at the document as a whole, and adds what it finds.

#ifndef ROLEGATE_ENGINE_LINT_RULES_H_
#define ROLEGATE_ENGINE_LINT_RULES_H_

#include "engine/lint/pattern_cover.h"
#include "engine/lint/report.h"
#include "engine/policy.h"
#include "engine/policy_document.h"

namespace rolegate {

// What every rule works with.
struct LintScope {
  const PolicyDocument& policy;
  PolicyKind kind;
  LintReport& report;
  PatternCover& cover;
};

// Of the document: document_rules.cc, overlap_rules.cc.
void LintDocument(const LintScope& scope, const JsonNode& root);
void LintOverlaps(const LintScope& scope);

// Of a statement, each in the file of its name: principal_rules.cc, ...
void LintPrincipals(const LintScope& scope, const StatementDocument& statement);
void LintTrust(const LintScope& scope, const StatementDocument& statement);
void LintActions(const LintScope& scope, const StatementDocument& statement);
void LintResources(const LintScope& scope, const StatementDocument& statement);
void LintGrants(const LintScope& scope, const StatementDocument& statement);
void LintKeys(const LintScope& scope, const StatementDocument& statement);
void LintPresence(const LintScope& scope, const StatementDocument& statement);
void LintValues(const LintScope& scope, const StatementDocument& statement);
void LintVariables(const LintScope& scope, const StatementDocument& statement);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_RULES_H_
