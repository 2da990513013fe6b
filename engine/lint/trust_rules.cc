// Statements of trust policies: who may assume the role, and how.

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/policy/context_keys.h"

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
                         [&] { return ConditionPath(statement, clause); });
      }
    }
  }
}

void LintFederation(const LintScope& scope, const StatementDocument& statement,
                    const StatementFacts& facts) {
  const auto path = [&] { return PrincipalPath(statement); };
  const bool web = NamesAction(statement, kWithWebIdentity, scope.cover);
  const bool saml = NamesAction(statement, kWithSaml, scope.cover);
  const bool tests_subject = TestsClaim(statement, ":sub");
  const bool tests_audience =
      TestsClaim(statement, ":aud") || TestsClaim(statement, ":app_id");
  const bool tests_saml_audience = facts.Tests(keys::kSamlAudience.name);
  for (const PrincipalEntry& entry : statement.principal->entries) {
    if (web && IsOidc(entry)) {
      if (!tests_subject && !IsConsumerProvider(entry.text.value)) {
        scope.report.Add(Finding::kOidcTrustWithoutSubject, entry.text, path);
      }
      if (!tests_audience) {
        scope.report.Add(Finding::kOidcTrustWithoutAudience, entry.text, path);
      }
    }
    if (saml && IsSaml(entry) && !tests_saml_audience) {
      scope.report.Add(Finding::kSamlTrustWithoutAudience, entry.text, path);
    }
  }
  LintSubjects(scope, statement);
}

// The actions for which any of a statement's principals can ask.
struct Askers {
  explicit Askers(const StatementDocument& statement)
      : any(NamesEveryone(statement) || statement.principal->negated),
        saml(AnyEntry(statement, IsSaml)),
        oidc(AnyEntry(statement, IsOidc)),
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
