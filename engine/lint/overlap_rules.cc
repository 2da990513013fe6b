// Statements that other statements leave nothing to say.

#include <algorithm>
#include <cstddef>

#include "engine/lint/rules.h"
#include "engine/lint/statement.h"

namespace rolegate {
namespace {

bool SamePrincipals(const PrincipalElement& a, const PrincipalElement& b) {
  return a.negated == b.negated && a.entries.size() == b.entries.size() &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(),
                    [](const PrincipalEntry& x, const PrincipalEntry& y) {
                      return x.type == y.type && x.text.value == y.text.value;
                    });
}

bool CoversPrincipals(const StatementDocument& general,
                      const StatementDocument& special) {
  if (!general.principal || !special.principal) {
    return general.principal.has_value() == special.principal.has_value();
  }
  return NamesEveryone(general) ||
         SamePrincipals(*general.principal, *special.principal);
}

bool CoversResources(const StatementDocument& general,
                     const StatementDocument& special, PatternCover& cover) {
  if (!general.resource || !special.resource) {
    return general.resource.has_value() == special.resource.has_value();
  }
  return cover.ResourceElements(*general.resource, *special.resource);
}

bool SameConditions(const StatementDocument& a, const StatementDocument& b) {
  return std::equal(a.conditions.begin(), a.conditions.end(),
                    b.conditions.begin(), b.conditions.end(),
                    [](const ConditionClause& x, const ConditionClause& y) {
                      return x.op == y.op && x.key.value == y.key.value &&
                             std::equal(
                                 x.values.begin(), x.values.end(),
                                 y.values.begin(), y.values.end(),
                                 [](const SourceText& v, const SourceText& w) {
                                   return v.value == w.value;
                                 });
                    });
}

// Whether `general` matches all that `special` matches.
bool CoversStatement(const StatementDocument& general,
                     const StatementDocument& special, PatternCover& cover) {
  return (general.conditions.empty() || SameConditions(general, special)) &&
         CoversPrincipals(general, special) &&
         cover.ActionElements(*general.action, *special.action) &&
         CoversResources(general, special, cover);
}

bool DeniesEverything(const StatementDocument& statement, PatternCover& cover) {
  return statement.effect == Effect::kDeny && statement.conditions.empty() &&
         !statement.action->negated &&
         (!statement.principal || NamesEveryone(statement)) &&
         NamesAction(statement, "*", cover) &&
         NamesEveryResource(statement, cover);
}

}  // namespace

void LintOverlaps(const LintScope& scope) {
  const auto& statements = scope.policy.statements;
  for (const StatementDocument& statement : statements) {
    if (DeniesEverything(statement, scope.cover)) {
      scope.report.Add(Finding::kDeniesEverything, statement.offset,
                       statement.path);
    }
  }
  constexpr std::size_t kMaxCompared = 512;  // more than AWS's sizes leave room
  if (statements.size() > kMaxCompared) return;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    for (std::size_t j = 0; j < statements.size(); ++j) {
      if (i == j) continue;
      const StatementDocument& one = statements[i];
      const StatementDocument& other = statements[j];
      if (!CoversStatement(other, one, scope.cover)) continue;
      if (one.effect == other.effect) {
        // Of two that cover each other the first stays.
        if (j > i && CoversStatement(one, other, scope.cover)) continue;
        scope.report.Add(Finding::kCoveredStatement, one.offset, one.path,
                         other.path);
        break;
      }
      if (one.effect == Effect::kAllow) {
        scope.report.Add(Finding::kAllowNeverReached, one.offset, one.path,
                         other.path);
        break;
      }
    }
  }
}

}  // namespace rolegate
