// Principal and NotPrincipal: who is let in.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/lint/rules.h"
#include "engine/lint/service_names.h"
#include "engine/lint/statement.h"
#include "engine/policy/context_keys.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

bool IsLimited(const StatementDocument& statement,
               const StatementFacts& facts) {
  return std::any_of(statement.conditions.begin(), statement.conditions.end(),
                     [&](const ConditionClause& clause) {
                       return LimitsRequesters(clause, facts.requesters());
                     });
}

void LintEveryone(const LintScope& scope, const StatementDocument& statement,
                  const StatementFacts& facts) {
  if (statement.effect != Effect::kAllow || !facts.names_everyone() ||
      IsLimited(statement, facts)) {
    return;
  }
  if (scope.kind == PolicyKind::kTrust) {
    scope.report.Add(Finding::kTrustOpenToEveryone, statement.principal->offset,
                     PrincipalPath(statement), "*");
  } else if (scope.kind == PolicyKind::kResource) {
    scope.report.Add(Finding::kResourceOpenToEveryone,
                     statement.principal->offset, PrincipalPath(statement),
                     "*");
  }
}

// The account that an AWS principal stands for as a whole; empty if it does
// not.
absl::string_view WholeAccount(absl::string_view text) {
  if (IsAccountId(text)) return text;
  const auto arn = Arn::Parse(text);
  return arn && arn->resource == "root" ? arn->account : absl::string_view();
}

// Equal for two principals if each of them matches whom the other matches.
absl::string_view WhomItNames(const PrincipalEntry& entry) {
  const absl::string_view text = entry.text.value;
  if (entry.type != PrincipalType::kAws) return text;
  const absl::string_view account = WholeAccount(text);
  return account.empty() ? text : account;
}

void LintRedundant(const LintScope& scope, const StatementDocument& statement,
                   const StatementFacts& facts) {
  absl::flat_hash_set<std::pair<PrincipalType, absl::string_view>> seen;
  for (const PrincipalEntry& entry : statement.principal->entries) {
    const bool first = seen.emplace(entry.type, WhomItNames(entry)).second;
    const bool of_everyone = facts.names_everyone() &&
                             entry.type == PrincipalType::kAws &&
                             entry.text.value != "*";
    // If two cover each other, the first stays.
    if (!first || of_everyone) {
      scope.report.Add(Finding::kRedundantPrincipal, entry.text,
                       [&] { return PrincipalPath(statement); });
    }
  }
}

// The service is told by the requester on whose behalf it is to act.  Amazon
// EC2 assumes the roles of instances in their own account only, by PassRole.  A
// service of one's own acts for itself; one that the registry says acts for
// others is looked at with the registry.
bool NeedsSource(const LintScope& scope, const PrincipalEntry& entry) {
  return entry.type == PrincipalType::kService &&
         IsAwsService(entry.text.value) &&
         (scope.kind != PolicyKind::kTrust ||
          entry.text.value != "ec2.amazonaws.com");
}

// Whether a service must tell for whom it asks.
bool LimitsSource(const StatementFacts& facts) {
  const absl::Span<const KnownKey> keys = KnownKeys();
  return facts.Limits(kKmsCallerAccount) ||
         std::any_of(keys.begin(), keys.end(), [&](const KnownKey& key) {
           return key.Is(KeyUse::kConfines) &&
                  key.presence.Of(PrincipalKind::kService) !=
                      KeyPresence::kNever &&
                  facts.Limits(key.name);
         });
}

void LintEntry(const LintScope& scope, const StatementDocument& statement,
               const PrincipalEntry& entry, bool limits_source) {
  const auto path = [&] { return PrincipalPath(statement); };
  const absl::string_view text = entry.text.value;
  if (entry.type == PrincipalType::kCanonicalUser) {
    scope.report.Add(Finding::kCanonicalUserPrincipal, entry.text, path);
  }
  if (entry.type == PrincipalType::kService) {
    const std::string meant = MisspelledService(text, scope.steps);
    if (!meant.empty()) {
      scope.report.AddWithHint(Finding::kMisspelledServicePrincipal, entry.text,
                               path,
                               absl::StrCat("did you mean `", meant, "`"));
    }
  }
  if (entry.type == PrincipalType::kAws && text != "*" && !IsAccountId(text)) {
    const auto arn = Arn::Parse(text);
    if (!arn) {
      scope.report.Add(Finding::kUniqueIdPrincipal, entry.text, path);
    } else if (absl::StartsWith(arn->resource, "assumed-role/") &&
               !statement.principal->negated) {
      scope.report.Add(Finding::kRoleSessionPrincipal, entry.text, path);
    }
  }
  if (statement.effect == Effect::kAllow && NeedsSource(scope, entry) &&
      !limits_source) {
    scope.report.Add(scope.kind == PolicyKind::kTrust
                         ? Finding::kServiceTrustWithoutSource
                         : Finding::kServiceAccessWithoutSource,
                     entry.text, path);
  }
}

}  // namespace

void LintPrincipals(const LintScope& scope, const StatementDocument& statement,
                    const StatementFacts& facts) {
  if (!statement.principal) {
    if (scope.kind == PolicyKind::kResource) {
      scope.report.Add(Finding::kStatementWithoutPrincipal, statement.offset,
                       statement.path);
    }
    return;
  }
  LintEveryone(scope, statement, facts);
  LintRedundant(scope, statement, facts);
  if (statement.principal->negated) {  // with Allow it would not load
    scope.report.Add(Finding::kNotPrincipalWithDeny,
                     statement.principal->offset, PrincipalPath(statement));
  }
  const bool limits_source = LimitsSource(facts);
  for (const PrincipalEntry& entry : statement.principal->entries) {
    LintEntry(scope, statement, entry, limits_source);
  }
}

}  // namespace rolegate
