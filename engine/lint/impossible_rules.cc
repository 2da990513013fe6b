// Values that no request has, and conditions that hold for all requests or for
// none because of them.

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/lint/token_subjects.h"
#include "engine/lint/value_shapes.h"
#include "engine/policy/context_keys.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

// What a clause with nothing but impossible values comes to.
enum class Outcome { kUnknown, kNeverTrue, kAlwaysTrue };

Outcome OutcomeOf(const ConditionOperator& op) {
  if (op.negated) {
    return op.quantifier == SetQuantifier::kForAnyValue ? Outcome::kUnknown
                                                        : Outcome::kAlwaysTrue;
  }
  return IsPositiveTest(op) ? Outcome::kNeverTrue : Outcome::kUnknown;
}

// The ID of a role without the name of the session, or a whole ARN.
bool IsNoUserId(absl::string_view value) {
  return absl::StartsWith(value, "arn:") ||
         (absl::StartsWith(value, "AROA") && !HasWildcard(value) &&
          !absl::StrContains(value, ":") && !absl::StrContains(value, "${"));
}

// What the values of a key are, for the message.
std::string HintOf(const KnownKey& key, absl::string_view value) {
  switch (key.values) {
    case KeyValues::kPrincipalArn: {
      const auto arn = Arn::Parse(value);
      if (arn && absl::StartsWith(arn->resource, "assumed-role/")) {
        const absl::string_view session = arn->resource.substr(13);
        return absl::StrCat(
            "the key holds the ARN of the session's role, `arn:",
            arn->partition, ":iam::", arn->account, ":role/",
            session.substr(0, session.find('/')), "`");
      }
      return "the key holds the ARN of a user, role, federated user or root "
             "user";
    }
    case KeyValues::kOrganizationPath:
      return "a path is `o-…/r-…/ou-…/` and ends with `/`";
    case KeyValues::kVpc:
      return absl::StartsWith(value, "vpce-")
                 ? "the ID of an endpoint is in `aws:SourceVpce`"
                 : "the ID of a VPC begins with `vpc-`";
    case KeyValues::kVpcEndpoint:
      return absl::StartsWith(value, "vpc-")
                 ? "the ID of a VPC is in `aws:SourceVpc`"
                 : "the ID of an endpoint begins with `vpce-`";
    case KeyValues::kPrincipalKind:
      return "the kinds are `Account`, `User`, `FederatedUser`, `AssumedRole` "
             "and `Anonymous`";
    case KeyValues::kUserId:
      return "a session's ID is `AROA…:SESSION`, so write `AROA…:*` with "
             "`StringLike`";
    case KeyValues::kUserName:
      return "the key holds the user's name, without path or ARN";
    case KeyValues::kServiceName:
      return "the key holds a domain name such as `ec2.amazonaws.com`";
    case KeyValues::kExternalId:
      return "an external ID has 2 to 1,224 letters, digits and `_+=,.@:/-`";
    case KeyValues::kSessionName:
      return "such a name has 2 to 64 letters, digits and `_+=,.@-`";
    case KeyValues::kAccount:
      return "the ID of an account has twelve digits";
    case KeyValues::kOrganization:
      return "an organisation's ID is `o-…`; its paths are in a key that ends "
             "with `OrgPaths`";
    case KeyValues::kAny:
      break;
  }
  return key.type == KeyType::kBool ? "the key is `true` or `false`"
                                    : "the key holds an ARN";
}

class ImpossibleRules {
 public:
  ImpossibleRules(const LintScope& scope, const StatementDocument& statement,
                  const StatementFacts& facts)
      : scope_(scope), statement_(statement), facts_(facts) {}

  void Lint(const ConditionClause& clause) {
    if (const KnownKey* const key = FindKnownKey(clause.key.value)) {
      // That the key is absent is said already.
      if (facts_.requesters().NeverHave(*key)) return;
      LintValues(
          clause,
          [&](absl::string_view value) { return MayBe(clause, *key, value); },
          [&](absl::string_view value) { return HintOf(*key, value); });
      LintKindOfRequester(clause, *key);
      return;
    }
    const TokenKey token = TokenKey::Of(clause.key.value);
    const auto shapes = SubjectShapesOf(token.issuer);
    if (shapes.empty() || clause.op.type != OperandType::kString ||
        !absl::EqualsIgnoreCase(token.claim, "sub")) {
      return;
    }
    LintValues(
        clause,
        [&](absl::string_view value) { return Matches(clause, value, shapes); },
        [](absl::string_view) {
          return std::string(
              "a subject is `system:serviceaccount:NAMESPACE:NAME`");
        });
  }

 private:
  bool Matches(const ConditionClause& clause, absl::string_view value,
               absl::Span<const ValueShape> shapes) const {
    return IsAnything(value) ||
           MayMatch(clause.op, value,
                    scope_.policy.version == PolicyVersion::k2012_10_17, shapes,
                    scope_.steps);
  }

  bool MayBe(const ConditionClause& clause, const KnownKey& key,
             absl::string_view value) const {
    if (clause.op.type != OperandType::kString &&
        clause.op.type != OperandType::kArn) {
      return true;
    }
    if (key.values == KeyValues::kUserId) return !IsNoUserId(value);
    // Some values are findings of their own.
    if (!HasWildcard(value) && (key.values == KeyValues::kAccount ||
                                (key.values == KeyValues::kOrganization &&
                                 !absl::StartsWith(value, "o-")))) {
      return true;
    }
    const auto shapes = ShapesOf(key);
    return shapes.empty() || Matches(clause, value, shapes);
  }

  template <typename MayBe, typename Hint>
  void LintValues(const ConditionClause& clause, MayBe may_be, Hint hint) {
    std::vector<const SourceText*> impossible;
    for (const SourceText& value : clause.values) {
      if (!may_be(value.value)) impossible.push_back(&value);
    }
    if (impossible.empty()) return;
    const Outcome outcome = impossible.size() == clause.values.size()
                                ? OutcomeOf(clause.op)
                                : Outcome::kUnknown;
    if (outcome == Outcome::kUnknown) {
      for (const SourceText* value : impossible) {
        scope_.report.AddWithHint(Finding::kNeverMatches, *value, Path(clause),
                                  hint(value->value));
      }
      return;
    }
    const absl::string_view value = impossible.front()->value;
    scope_.report.AddWithHint(
        outcome == Outcome::kNeverTrue ? Finding::kConditionNeverTrue
                                       : Finding::kConditionAlwaysTrue,
        clause.key, Path(clause),
        absl::StrCat("no request has `", Echo(value), "`: ", hint(value)));
  }

  // AWS's services alone have `true` in this key.
  void LintKindOfRequester(const ConditionClause& clause, const KnownKey& key) {
    if (key.name != keys::kPrincipalIsAwsService.name ||
        clause.op.type != OperandType::kBool || !IsPositiveTest(clause.op)) {
      return;
    }
    const bool only_services = facts_.requesters().Is(PrincipalKind::kService);
    const bool no_services = !facts_.requesters().Has(PrincipalKind::kService);
    if (!only_services && !no_services) return;
    const absl::string_view impossible = only_services ? "false" : "true";
    if (std::all_of(clause.values.begin(), clause.values.end(),
                    [&](const SourceText& value) {
                      return absl::EqualsIgnoreCase(value.value, impossible);
                    })) {
      scope_.report.AddWithHint(
          Finding::kConditionNeverTrue, clause.key, Path(clause),
          only_services ? "the statement is about services only"
                        : "the statement is about no service");
    }
  }

  std::function<std::string()> Path(const ConditionClause& clause) const {
    return [this, &clause] { return ConditionPath(statement_, clause); };
  }

  const LintScope& scope_;
  const StatementDocument& statement_;
  const StatementFacts& facts_;
};

}  // namespace

void LintImpossible(const LintScope& scope, const StatementDocument& statement,
                    const StatementFacts& facts) {
  ImpossibleRules rules(scope, statement, facts);
  for (const ConditionClause& clause : statement.conditions) {
    if (scope.steps.exhausted()) return;
    rules.Lint(clause);
  }
}

}  // namespace rolegate
