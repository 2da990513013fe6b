// Rules about what an Allow gives away.
//
// AWS: "IAM Access Analyzer policy check reference" and "Security best
// practices in IAM", IAM User Guide.

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

// Actions of IAM by which a principal changes what principals may do.
constexpr absl::string_view kPermissionsManagement[] = {
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile"};

// Services whose every action together is power over all others.
constexpr absl::string_view kSensitiveServices[] = {
    "iam:*", "kms:*", "organizations:*", "secretsmanager:*", "sso:*", "sts:*"};

// The facts of a statement that decide how grave an action is.  They are found
// once for all its actions.
class Grant {
 public:
  Grant(const LintScope& scope, const StatementDocument& statement,
        const StatementFacts& facts)
      : scope_(scope), statement_(statement), facts_(facts) {}

  bool OfEveryResource() {
    return every_resource_.Get(
        [this] { return NamesEveryResource(statement_, scope_.cover); });
  }

  // Every resource, or every role of some account.
  bool OfEveryRole() {
    return OfEveryResource() || every_role_.Get([this] {
      const auto& resources = statement_.resource->patterns;
      return std::any_of(
          resources.begin(), resources.end(), [](const SourceText& pattern) {
            const auto arn = Arn::Parse(pattern.value);
            return arn && arn->service == "iam" &&
                   (arn->resource == "*" || arn->resource == "role/*" ||
                    arn->resource == "role*");
          });
    });
  }

  bool HasConditions() const { return !statement_.conditions.empty(); }
  bool Limits(absl::string_view key) const { return facts_.Limits(key); }

  bool Names(const SourceText& action, absl::string_view known) const {
    return scope_.cover.Actions(action.value, known);
  }
  void Report(Finding finding, const SourceText& action) const {
    scope_.report.Add(finding, action, ActionPath(statement_));
  }

 private:
  const LintScope& scope_;
  const StatementDocument& statement_;
  const StatementFacts& facts_;
  Once every_resource_;
  Once every_role_;
};

void LintPassRole(Grant& grant, const SourceText& action) {
  if (!grant.Names(action, "iam:PassRole") || !grant.OfEveryRole() ||
      grant.Limits("iam:PassedToService") ||
      grant.Limits("iam:AssociatedResourceArn")) {
    return;
  }
  grant.Report(HasWildcard(action.value) ? Finding::kPassRoleByWildcard
                                         : Finding::kPassAnyRole,
               action);
}

void LintAssumeRole(Grant& grant, const SourceText& action) {
  if (grant.Names(action, "sts:AssumeRole") && !grant.HasConditions() &&
      grant.OfEveryRole()) {
    grant.Report(Finding::kAssumeAnyRole, action);
  }
}

void LintPermissionsManagement(Grant& grant, const SourceText& action) {
  if (!grant.OfEveryResource() || grant.Limits("iam:PermissionsBoundary") ||
      grant.Limits("iam:PolicyARN")) {
    return;
  }
  if (std::any_of(std::begin(kPermissionsManagement),
                  std::end(kPermissionsManagement),
                  [&](absl::string_view known) {
                    return grant.Names(action, known);
                  })) {
    grant.Report(Finding::kPermissionsManagement, action);
  }
}

void LintAction(Grant& grant, const SourceText& action) {
  if (grant.Names(action, "*")) {
    if (grant.OfEveryResource() && !grant.HasConditions()) {
      grant.Report(Finding::kAdministratorAccess, action);
    }
    return;
  }
  if (std::any_of(std::begin(kSensitiveServices), std::end(kSensitiveServices),
                  [&](absl::string_view service) {
                    return grant.Names(action, service);
                  })) {
    // One finding for all that it holds.
    if (grant.OfEveryResource() && !grant.HasConditions()) {
      grant.Report(Finding::kFullAccessToSensitiveService, action);
    }
    return;
  }
  LintPassRole(grant, action);
  LintAssumeRole(grant, action);
  LintPermissionsManagement(grant, action);
}

}  // namespace

void LintGrants(const LintScope& scope, const StatementDocument& statement,
                const StatementFacts& facts) {
  // The other kinds limit, or say who may assume the one role.
  const bool grants = scope.kind == PolicyKind::kIdentity ||
                      scope.kind == PolicyKind::kResource;
  if (!grants || statement.effect != Effect::kAllow) return;
  if (statement.action->negated) {
    scope.report.Add(Finding::kAllowWithNotAction, statement.action->offset,
                     ActionPath(statement));
  }
  if (statement.resource && statement.resource->negated) {
    scope.report.Add(Finding::kAllowWithNotResource, statement.resource->offset,
                     ResourcePath(statement));
  }
  if (statement.action->negated || scope.kind != PolicyKind::kIdentity) return;
  Grant grant(scope, statement, facts);
  for (const SourceText& action : statement.action->patterns) {
    LintAction(grant, action);
  }
}

}  // namespace rolegate
