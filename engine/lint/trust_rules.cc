// Statements of trust policies: who may assume the role, and how.

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"

namespace rolegate {
namespace {

constexpr absl::string_view kWithSaml = "sts:AssumeRoleWithSAML";
constexpr absl::string_view kWithWebIdentity = "sts:AssumeRoleWithWebIdentity";

bool IsSaml(const PrincipalEntry& entry) {
  return entry.type == PrincipalType::kFederated &&
         absl::StrContains(entry.text.value, ":saml-provider/");
}

bool IsOidc(const PrincipalEntry& entry) {
  return entry.type == PrincipalType::kFederated && !IsSaml(entry);
}

// Their tokens name the application that they are for, which is the role
// owner's own, so that the subject needs no condition.
bool IsConsumerProvider(absl::string_view provider) {
  static constexpr absl::string_view kProviders[] = {
      "accounts.google.com", "cognito-identity.amazonaws.com",
      "graph.facebook.com", "www.amazon.com"};
  return std::find(std::begin(kProviders), std::end(kProviders), provider) !=
         std::end(kProviders);
}

template <typename Predicate>
bool AnyEntry(const StatementDocument& statement, Predicate predicate) {
  return std::any_of(statement.principal->entries.begin(),
                     statement.principal->entries.end(), predicate);
}

bool TestsClaim(const StatementDocument& statement, absl::string_view claim) {
  return std::any_of(statement.conditions.begin(), statement.conditions.end(),
                     [&](const ConditionClause& clause) {
                       return absl::EndsWithIgnoreCase(clause.key.value, claim);
                     });
}

// `*`, and `repo:*` where what stands in front of the colon is only a kind.
bool IsTooWide(absl::string_view subject) {
  const std::size_t wildcard = subject.find_first_of("*?");
  if (wildcard == absl::string_view::npos) return false;
  return wildcard == 0 ||
         (subject[wildcard - 1] == ':' &&
          std::count(subject.begin(),
                     subject.begin() + static_cast<std::ptrdiff_t>(wildcard),
                     ':') == 1);
}

void LintSubjects(const LintScope& scope, const StatementDocument& statement) {
  for (const ConditionClause& clause : statement.conditions) {
    if (!absl::EndsWithIgnoreCase(clause.key.value, ":sub") ||
        clause.op.comparison != Comparison::kLike || clause.op.negated) {
      continue;
    }
    for (const SourceText& value : clause.values) {
      if (IsTooWide(value.value)) {
        scope.report.Add(Finding::kOidcSubjectTooWide, value,
                         ConditionPath(statement, clause));
      }
    }
  }
}

void LintFederation(const LintScope& scope,
                    const StatementDocument& statement) {
  for (const PrincipalEntry& entry : statement.principal->entries) {
    const std::string path = PrincipalPath(statement);
    if (IsOidc(entry) &&
        NamesAction(statement, kWithWebIdentity, scope.cover)) {
      if (!IsConsumerProvider(entry.text.value) &&
          !TestsClaim(statement, ":sub")) {
        scope.report.Add(Finding::kOidcTrustWithoutSubject, entry.text, path);
      }
      if (!TestsClaim(statement, ":aud") && !TestsClaim(statement, ":app_id")) {
        scope.report.Add(Finding::kOidcTrustWithoutAudience, entry.text, path);
      }
    }
    if (IsSaml(entry) && NamesAction(statement, kWithSaml, scope.cover) &&
        !TestsKey(statement, "saml:aud")) {
      scope.report.Add(Finding::kSamlTrustWithoutAudience, entry.text, path);
    }
  }
  LintSubjects(scope, statement);
}

// Whether any of the statement's principals can ask for the action.
bool FitsPrincipals(const StatementDocument& statement,
                    absl::string_view action) {
  if (NamesEveryone(statement) || statement.principal->negated) return true;
  if (absl::EqualsIgnoreCase(action, kWithSaml)) {
    return AnyEntry(statement, IsSaml);
  }
  if (absl::EqualsIgnoreCase(action, kWithWebIdentity)) {
    return AnyEntry(statement, IsOidc);
  }
  if (absl::EqualsIgnoreCase(action, "sts:AssumeRole")) {
    return AnyEntry(statement, [](const PrincipalEntry& entry) {
      return entry.type != PrincipalType::kFederated;
    });
  }
  return true;
}

void LintTrustAction(const LintScope& scope, const StatementDocument& statement,
                     const SourceText& action) {
  static constexpr absl::string_view kDecided[] = {
      "sts:AssumeRole",        kWithSaml,
      kWithWebIdentity,        "sts:TagSession",
      "sts:SetSourceIdentity", "sts:SetContext"};
  const std::string path = ActionPath(statement);
  if (HasWildcard(action.value)) {
    if (statement.effect == Effect::kAllow) {
      scope.report.Add(Finding::kTrustActionWithWildcard, action, path);
    }
  } else if (std::none_of(std::begin(kDecided), std::end(kDecided),
                          [&](absl::string_view known) {
                            return absl::EqualsIgnoreCase(known, action.value);
                          })) {
    scope.report.Add(Finding::kTrustActionWithoutEffect, action, path);
  } else if (!FitsPrincipals(statement, action.value)) {
    scope.report.Add(Finding::kTrustActionDoesNotFitPrincipal, action, path);
  }
}

}  // namespace

void LintTrust(const LintScope& scope, const StatementDocument& statement) {
  if (statement.effect == Effect::kAllow) LintFederation(scope, statement);
  if (statement.action->negated) {
    if (statement.effect == Effect::kAllow) {
      scope.report.Add(Finding::kTrustNotAction, statement.action->offset,
                       ActionPath(statement));
    }
    return;
  }
  for (const SourceText& action : statement.action->patterns) {
    LintTrustAction(scope, statement, action);
  }
}

}  // namespace rolegate
