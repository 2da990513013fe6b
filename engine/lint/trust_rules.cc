// Statements of trust policies: who may assume the role, and how.

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/match.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/lint/token_subjects.h"
#include "engine/policy/context_keys.h"

namespace rolegate {
namespace {

// The cost of looking at a clause for an entry of Principal.
constexpr std::uint64_t kStepsOfClause = 100;

constexpr absl::string_view kWithSaml = "sts:AssumeRoleWithSAML";
constexpr absl::string_view kWithWebIdentity = "sts:AssumeRoleWithWebIdentity";

template <typename Predicate>
bool AnyEntry(const StatementDocument& statement, Predicate predicate) {
  return std::any_of(statement.principal->entries.begin(),
                     statement.principal->entries.end(), predicate);
}

// Whether the clause is on a claim of the issuer's tokens.
bool IsClaimOf(absl::string_view issuer, const ConditionClause& clause,
               absl::string_view claim) {
  const TokenKey key = TokenKey::Of(clause.key.value);
  return absl::EqualsIgnoreCase(key.issuer, issuer) &&
         absl::EqualsIgnoreCase(key.claim, claim);
}

template <typename Predicate>
bool AnyClause(const StatementDocument& statement, Predicate predicate) {
  return std::any_of(statement.conditions.begin(), statement.conditions.end(),
                     predicate);
}

// Whether the token must have one of some values of a claim that says who the
// subject is.
bool LimitsSubject(const StatementDocument& statement,
                   absl::string_view issuer) {
  return AnyClause(statement, [&](const ConditionClause& clause) {
    const TokenKey key = TokenKey::Of(clause.key.value);
    return IsPositiveTest(clause.op) &&
           absl::EqualsIgnoreCase(key.issuer, issuer) &&
           NamesSubject(key.claim);
  });
}

bool LimitsAudience(const StatementDocument& statement,
                    absl::string_view issuer) {
  return AnyClause(statement, [&](const ConditionClause& clause) {
    return IsPositiveTest(clause.op) && !AdmitsAnything(clause) &&
           (IsClaimOf(issuer, clause, "aud") ||
            IsClaimOf(issuer, clause, "oaud") ||
            IsClaimOf(issuer, clause, "app_id"));
  });
}

// Whether a clause lets in the subjects of one owner only, or a few.
bool GivesOwner(const ConditionClause& clause) {
  const TokenKey key = TokenKey::Of(clause.key.value);
  const bool like = clause.op.comparison == Comparison::kLike;
  return NamesSubject(key.claim) && IsPositiveTest(clause.op) &&
         std::none_of(clause.values.begin(), clause.values.end(),
                      [&](const SourceText& value) {
                        return like &&
                               IsTooWide(key.issuer, key.claim, value.value);
                      });
}

void LintSubjects(const LintScope& scope, const StatementDocument& statement) {
  if (AnyClause(statement, GivesOwner)) return;
  for (const ConditionClause& clause : statement.conditions) {
    const TokenKey key = TokenKey::Of(clause.key.value);
    if (FindKnownKey(clause.key.value) != nullptr || !NamesSubject(key.claim) ||
        clause.op.comparison != Comparison::kLike || clause.op.negated ||
        (IsConsumerIssuer(key.issuer) &&
         LimitsAudience(statement, key.issuer))) {
      continue;
    }
    for (const SourceText& value : clause.values) {
      if (IsTooWide(key.issuer, key.claim, value.value)) {
        scope.report.Add(Finding::kOidcSubjectTooWide, value,
                         [&] { return ConditionPath(statement, clause); });
      }
    }
  }
}

// Everybody's tokens come from some issuers, and their audience alone says for
// whose application.
void LintAudience(const LintScope& scope, const StatementDocument& statement,
                  const PrincipalEntry& entry) {
  const absl::string_view issuer = IssuerOf(entry);
  if (LimitsAudience(statement, issuer)) return;
  scope.report.AddAs(IsConsumerIssuer(issuer)
                         ? Severity::kSecurityWarning
                         : InfoOf(Finding::kOidcTrustWithoutAudience).severity,
                     Finding::kOidcTrustWithoutAudience, entry.text,
                     [&] { return PrincipalPath(statement); });
}

void LintFederation(const LintScope& scope, const StatementDocument& statement,
                    const StatementFacts& facts) {
  const auto path = [&] { return PrincipalPath(statement); };
  const bool web = NamesAction(statement, kWithWebIdentity, scope.cover);
  const bool saml = NamesAction(statement, kWithSaml, scope.cover);
  for (const PrincipalEntry& entry : statement.principal->entries) {
    if (scope.steps.exhausted()) return;
    if (web && IsOidcProvider(entry)) {
      scope.steps.Spend(kStepsOfClause * statement.conditions.size());
      const absl::string_view issuer = IssuerOf(entry);
      if (!IsConsumerIssuer(issuer) && !LimitsSubject(statement, issuer)) {
        scope.report.Add(Finding::kOidcTrustWithoutSubject, entry.text, path);
      }
      LintAudience(scope, statement, entry);
    }
    if (saml && IsSamlProvider(entry) &&
        !facts.Limits(keys::kSamlAudience.name)) {
      scope.report.Add(Finding::kSamlTrustWithoutAudience, entry.text, path);
    }
  }
  LintSubjects(scope, statement);
}

// The actions for which any of a statement's principals can ask.
struct Askers {
  explicit Askers(const StatementDocument& statement)
      : any(NamesEveryone(statement) || statement.principal->negated),
        saml(AnyEntry(statement, IsSamlProvider)),
        oidc(AnyEntry(statement, IsOidcProvider)),
        others(AnyEntry(statement, [](const PrincipalEntry& entry) {
          return entry.type != PrincipalType::kFederated;
        })) {}

  bool CanAskFor(absl::string_view action) const {
    if (any) return true;
    if (absl::EqualsIgnoreCase(action, kWithSaml)) return saml;
    if (absl::EqualsIgnoreCase(action, kWithWebIdentity)) return oidc;
    if (absl::EqualsIgnoreCase(action, "sts:AssumeRole")) return others;
    return true;
  }

  bool any;
  bool saml;
  bool oidc;
  bool others;
};

void LintTrustAction(const LintScope& scope, const StatementDocument& statement,
                     const Askers& askers, const SourceText& action) {
  static constexpr absl::string_view kDecided[] = {
      "sts:AssumeRole",        kWithSaml,
      kWithWebIdentity,        "sts:TagSession",
      "sts:SetSourceIdentity", "sts:SetContext"};
  const auto path = [&] { return ActionPath(statement); };
  if (HasWildcard(action.value)) {
    if (statement.effect == Effect::kAllow) {
      scope.report.Add(Finding::kTrustActionWithWildcard, action, path);
    }
  } else if (std::none_of(std::begin(kDecided), std::end(kDecided),
                          [&](absl::string_view known) {
                            return absl::EqualsIgnoreCase(known, action.value);
                          })) {
    scope.report.Add(Finding::kTrustActionWithoutEffect, action, path);
  } else if (!askers.CanAskFor(action.value)) {
    scope.report.Add(Finding::kTrustActionDoesNotFitPrincipal, action, path);
  }
}

}  // namespace

void LintTrust(const LintScope& scope, const StatementDocument& statement,
               const StatementFacts& facts) {
  if (statement.effect == Effect::kAllow) {
    LintFederation(scope, statement, facts);
  }
  if (statement.action->negated) {
    if (statement.effect == Effect::kAllow) {
      scope.report.Add(Finding::kTrustNotAction, statement.action->offset,
                       ActionPath(statement));
    }
    return;
  }
  const Askers askers(statement);
  for (const SourceText& action : statement.action->patterns) {
    LintTrustAction(scope, statement, askers, action);
  }
}

}  // namespace rolegate
