// Condition keys that nobody ever has whom the statement concerns.
//
// AWS: "AWS global condition context keys" and "IAM and AWS STS condition
// context keys" (Availability), IAM User Guide.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/lint/absence.h"
#include "engine/lint/rules.h"
#include "engine/lint/service_names.h"
#include "engine/lint/statement.h"
#include "engine/lint/token_subjects.h"
#include "engine/policy/context_keys.h"

namespace rolegate {
namespace {

using enum PrincipalKind;

constexpr absl::string_view kScheme = "://";

// Prefixes whose keys are in the table, or are misspelt.
bool IsReserved(absl::string_view key) {
  static constexpr absl::string_view kPrefixes[] = {
      "aws:", "sts:", "saml:", "iam:"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](absl::string_view prefix) {
                       return absl::StartsWithIgnoreCase(key, prefix);
                     });
}

// Keys of requests to AWS STS, which no other request has.
bool IsOfStsRequests(const KnownKey& key) {
  return key.source == KeySource::kRequest &&
         absl::StartsWith(key.name, "sts:");
}

bool MayBeOfSts(const StatementDocument& statement) {
  const PatternElement& action = *statement.action;
  return action.negated ||
         std::any_of(action.patterns.begin(), action.patterns.end(),
                     [](const SourceText& pattern) {
                       const absl::string_view service =
                           pattern.value.substr(0, pattern.value.find(':'));
                       return HasWildcard(service) ||
                              absl::EqualsIgnoreCase(service, "sts");
                     });
}

// The issuers that the statement's Principal names.
std::vector<absl::string_view> IssuersOf(const StatementDocument& statement) {
  std::vector<absl::string_view> issuers;
  if (!statement.principal || statement.principal->negated) return issuers;
  for (const PrincipalEntry& entry : statement.principal->entries) {
    const absl::string_view issuer = IssuerOf(entry);
    if (!issuer.empty()) issuers.push_back(issuer);
  }
  return issuers;
}

class AbsenceRules {
 public:
  AbsenceRules(const LintScope& scope, const StatementDocument& statement,
               const StatementFacts& facts)
      : scope_(scope),
        statement_(statement),
        requesters_(facts.requesters()),
        issuers_(IssuersOf(statement)) {}

  void Lint(const ConditionClause& clause) {
    if (const KnownKey* const key = FindKnownKey(clause.key.value)) {
      LintKnown(clause, *key);
    } else if (absl::StrContains(clause.key.value, ":") &&
               !IsReserved(clause.key.value)) {
      LintUnknown(clause, TokenKey::Of(clause.key.value));
    }
  }

 private:
  bool in_trust() const { return scope_.kind == PolicyKind::kTrust; }

  void LintKnown(const ConditionClause& clause, const KnownKey& key) {
    if (requesters_.NeverHave(key)) {
      Report(clause, AbsenceHint(key, requesters_, FirstIssuer()));
    } else if (in_trust() && key.source == KeySource::kAws) {
      Report(clause, key.name == "sts:DurationSeconds"
                         ? "the role's `MaxSessionDuration` limits how long a "
                           "session lasts"
                         : "no request for a role has it");
    } else if (IsOfStsRequests(key) && !MayBeOfSts(statement_)) {
      Report(clause, "only requests to assume a role have it");
    } else if (statement_.effect == Effect::kAllow &&
               IsPositiveTest(clause.op)) {
      LintEntries(clause, key);
    }
  }

  // Reports the first principal of several whom the clause shuts out.
  void LintEntries(const ConditionClause& clause, const KnownKey& key) {
    if (!statement_.principal || statement_.principal->negated) return;
    for (const PrincipalEntry& entry : statement_.principal->entries) {
      if (!scope_.steps.Spend(kStepsOfEntry)) return;
      const PrincipalKinds kinds = KindsOf(entry, scope_.kind);
      if (!kinds.NeverHave(key)) continue;
      Report(clause,
             absl::StrCat("`", Echo(entry.text.value), "` is shut out by it: ",
                          AbsenceHint(key, kinds, IssuerOf(entry))));
      return;
    }
  }

  void LintUnknown(const ConditionClause& clause, const TokenKey& key) {
    if (absl::StrContains(key.issuer, kScheme)) {
      // A key of one's own looks otherwise.
      if (in_trust() || IsKeyClaim(key.claim)) {
        Report(
            clause,
            absl::StrCat("write it without the scheme, `",
                         Echo(clause.key.value.substr(
                             clause.key.value.find(kScheme) + kScheme.size())),
                         "`"));
      }
    } else if (in_trust()) {
      LintUnknownInTrust(clause, key);
    } else if (IsKnownIssuer(key.issuer) && !IsLastingClaim(key.claim)) {
      Report(clause,
             IsKeyClaim(key.claim)
                 ? "only the request with the token has it, and no later "
                   "request of the session; test it in the trust policy"
                 : "the claim becomes no condition key");
    }
  }

  // A caller of AssumeRole sets no keys of his own.
  void LintUnknownInTrust(const ConditionClause& clause, const TokenKey& key) {
    if (!scope_.steps.Spend(kStepsOfEntry * issuers_.size())) return;
    const bool trusted = std::any_of(
        issuers_.begin(), issuers_.end(), [&](absl::string_view issuer) {
          return absl::EqualsIgnoreCase(issuer, key.issuer);
        });
    const bool is_claim = IsKeyClaim(key.claim);
    if (trusted || LooksLikeIssuer(key.issuer)) {
      if (!is_claim) {
        Report(clause,
               "the claim becomes no condition key; `sub` and `aud` "
               "of every token do");
        return;
      }
      if (trusted) return;
      // Sessions keep some claims of the token that they began with.
      const bool of_sessions =
          requesters_.Has(kRoleSession) && IsLastingClaim(key.claim);
      const bool of_others = requesters_.Has(kWebIdentity) && issuers_.empty();
      if (of_sessions || of_others) return;
      Report(clause,
             issuers_.empty()
                 ? "no principal of the statement comes with such a token"
                 : absl::StrCat("tokens of the trusted provider have `",
                                Echo(issuers_.front()), ":", Echo(key.claim),
                                "`"));
    } else if (!requesters_.Has(kRoleSession) || !IsAwsPrefix(key.issuer)) {
      Report(clause, "no request for a role has it");
    }
  }

  absl::string_view FirstIssuer() const {
    return issuers_.empty() ? absl::string_view() : issuers_.front();
  }

  void Report(const ConditionClause& clause, absl::string_view hint) {
    scope_.report.AddWithHint(
        Finding::kKeyAbsentHere, clause.key,
        [&] { return ConditionPath(statement_, clause); }, hint);
  }

  static constexpr std::uint64_t kStepsOfEntry = 50;

  const LintScope& scope_;
  const StatementDocument& statement_;
  const PrincipalKinds requesters_;
  const std::vector<absl::string_view> issuers_;
};

}  // namespace

void LintAbsence(const LintScope& scope, const StatementDocument& statement,
                 const StatementFacts& facts) {
  if (statement.conditions.empty()) return;
  AbsenceRules rules(scope, statement, facts);
  for (const ConditionClause& clause : statement.conditions) {
    if (scope.steps.exhausted()) return;
    rules.Lint(clause);
  }
}

}  // namespace rolegate
