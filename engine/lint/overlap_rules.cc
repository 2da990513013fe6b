// Statements that other statements leave nothing to say.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/lint/pattern_table.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"

namespace rolegate {
namespace {

bool SamePrincipals(const PrincipalElement& a, const PrincipalElement& b,
                    PatternCover& cover) {
  return a.negated == b.negated && a.entries.size() == b.entries.size() &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(),
                    [&](const PrincipalEntry& x, const PrincipalEntry& y) {
                      return x.type == y.type &&
                             cover.Same(x.text.value, y.text.value);
                    });
}

bool CoversPrincipals(const StatementDocument& general,
                      const StatementDocument& special, bool of_everyone,
                      PatternCover& cover) {
  if (!general.principal || !special.principal) {
    return general.principal.has_value() == special.principal.has_value();
  }
  return of_everyone ||
         SamePrincipals(*general.principal, *special.principal, cover);
}

bool CoversResources(const StatementDocument& general,
                     const StatementDocument& special, PatternCover& cover) {
  if (!general.resource || !special.resource) {
    return general.resource.has_value() == special.resource.has_value();
  }
  return cover.ResourceElements(*general.resource, *special.resource);
}

bool SameConditions(const StatementDocument& a, const StatementDocument& b,
                    PatternCover& cover) {
  return std::equal(
      a.conditions.begin(), a.conditions.end(), b.conditions.begin(),
      b.conditions.end(),
      [&](const ConditionClause& x, const ConditionClause& y) {
        return x.op == y.op && cover.Same(x.key.value, y.key.value) &&
               std::equal(x.values.begin(), x.values.end(), y.values.begin(),
                          y.values.end(),
                          [&](const SourceText& v, const SourceText& w) {
                            return cover.Same(v.value, w.value);
                          });
      });
}

bool DeniesEverything(const StatementDocument& statement, PatternCover& cover) {
  return statement.effect == Effect::kDeny && statement.conditions.empty() &&
         !statement.action->negated &&
         (!statement.principal || NamesEveryone(statement)) &&
         NamesAction(statement, "*", cover) &&
         NamesEveryResource(statement, cover);
}

// Finds the statements that others cover.  A statement that covers another
// covers its first action and its first resource, so that only those are
// compared of which that may be so.
class OverlapFinder {
 public:
  explicit OverlapFinder(const LintScope& scope)
      : scope_(scope),
        statements_(scope.policy.statements),
        by_action_(LetterCase::kIgnored, scope.steps),
        by_resource_(LetterCase::kMatters, scope.steps) {
    for (std::uint32_t i = 0; i < statements_.size(); ++i) {
      AddPatterns(*statements_[i].action, i, by_action_);
      if (statements_[i].resource) {
        AddPatterns(*statements_[i].resource, i, by_resource_);
      }
      everyone_.push_back(NamesEveryone(statements_[i]));
    }
  }

  void Lint() {
    for (std::uint32_t i = 0; i < statements_.size(); ++i) {
      for (const std::uint32_t j : Candidates(i)) {
        if (j != i && LintPair(i, j)) break;
      }
    }
  }

 private:
  // If one Not- element covers another, their patterns are the same.
  static void AddPatterns(const PatternElement& element, std::uint32_t number,
                          PatternTable& table) {
    for (const SourceText& pattern : element.patterns) {
      table.Add(pattern.value, number);
    }
  }

  // In ascending order, so that the first one is named.
  std::vector<std::uint32_t> Candidates(std::uint32_t special) {
    const StatementDocument& statement = statements_[special];
    const absl::string_view action = statement.action->patterns[0].value;
    PatternTable* table = &by_action_;
    absl::string_view text = action;
    if (statement.resource) {
      const absl::string_view resource = statement.resource->patterns[0].value;
      if (by_resource_.CountCandidates(resource) <
          by_action_.CountCandidates(action)) {
        table = &by_resource_;
        text = resource;
      }
    }
    std::vector<std::uint32_t> candidates;
    table->AnyCandidate(text, [&](std::uint32_t candidate) {
      candidates.push_back(candidate);
      return !scope_.steps.Spend(kStepsOfCandidate);
    });
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()),
                     candidates.end());
    return candidates;
  }

  // Whether `i` need not be compared with others any more.
  bool LintPair(std::uint32_t i, std::uint32_t j) const {
    const StatementDocument& one = statements_[i];
    const StatementDocument& other = statements_[j];
    if (scope_.steps.exhausted()) return true;
    if (!Covers(j, i)) return false;
    if (one.effect == other.effect) {
      // If two cover each other, the first stays.
      if (j > i && Covers(i, j)) return false;
      scope_.report.Add(Finding::kCoveredStatement, one.offset, one.path,
                        other.path);
      return true;
    }
    if (one.effect != Effect::kAllow) return false;
    scope_.report.Add(Finding::kAllowNeverReached, one.offset, one.path,
                      other.path);
    return true;
  }

  // Whether the statement `general` matches all that `special` matches.
  bool Covers(std::uint32_t general, std::uint32_t special) const {
    const StatementDocument& g = statements_[general];
    const StatementDocument& s = statements_[special];
    PatternCover& cover = scope_.cover;
    return (g.conditions.empty() || SameConditions(g, s, cover)) &&
           CoversPrincipals(g, s, everyone_[general], cover) &&
           cover.ActionElements(*g.action, *s.action) &&
           CoversResources(g, s, cover);
  }

  // To collect and to order it, and to tell that it does not cover.
  static constexpr std::uint64_t kStepsOfCandidate = 64;

  const LintScope& scope_;
  const std::vector<StatementDocument>& statements_;
  PatternTable by_action_;
  PatternTable by_resource_;
  std::vector<bool> everyone_;
};

}  // namespace

void LintOverlaps(const LintScope& scope) {
  const auto& statements = scope.policy.statements;
  for (const StatementDocument& statement : statements) {
    if (DeniesEverything(statement, scope.cover)) {
      scope.report.Add(Finding::kDeniesEverything, statement.offset,
                       statement.path);
    }
  }
  if (statements.size() > 1) OverlapFinder(scope).Lint();
}

}  // namespace rolegate
