// What an Allow gives away.
//
// AWS: "IAM Access Analyzer policy check reference" and "Security best
// practices in IAM", IAM User Guide.

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "engine/arn.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"

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

// Every resource, or every role of some account.
bool NamesEveryRole(const StatementDocument& statement, PatternCover& cover) {
  if (NamesEveryResource(statement, cover)) return true;
  return std::any_of(
      statement.resource->patterns.begin(), statement.resource->patterns.end(),
      [](const SourceText& pattern) {
        const auto arn = Arn::Parse(pattern.value);
        return arn && arn->service == "iam" &&
               (arn->resource == "*" || arn->resource == "role/*" ||
                arn->resource == "role*");
      });
}

void LintPassRole(const LintScope& scope, const StatementDocument& statement,
                  const SourceText& action) {
  if (!scope.cover.Actions(action.value, "iam:PassRole") ||
      !NamesEveryRole(statement, scope.cover) ||
      TestsKey(statement, "iam:PassedToService") ||
      TestsKey(statement, "iam:AssociatedResourceArn")) {
    return;
  }
  scope.report.Add(HasWildcard(action.value) ? Finding::kPassRoleByWildcard
                                             : Finding::kPassAnyRole,
                   action, ActionPath(statement));
}

void LintAssumeRole(const LintScope& scope, const StatementDocument& statement,
                    const SourceText& action) {
  if (scope.cover.Actions(action.value, "sts:AssumeRole") &&
      statement.conditions.empty() && NamesEveryRole(statement, scope.cover)) {
    scope.report.Add(Finding::kAssumeAnyRole, action, ActionPath(statement));
  }
}

void LintPermissionsManagement(const LintScope& scope,
                               const StatementDocument& statement,
                               const SourceText& action) {
  if (!NamesEveryResource(statement, scope.cover) ||
      TestsKey(statement, "iam:PermissionsBoundary") ||
      TestsKey(statement, "iam:PolicyARN")) {
    return;
  }
  if (std::any_of(std::begin(kPermissionsManagement),
                  std::end(kPermissionsManagement),
                  [&](absl::string_view known) {
                    return scope.cover.Actions(action.value, known);
                  })) {
    scope.report.Add(Finding::kPermissionsManagement, action,
                     ActionPath(statement));
  }
}

void LintAction(const LintScope& scope, const StatementDocument& statement,
                const SourceText& action) {
  const bool full =
      std::any_of(std::begin(kSensitiveServices), std::end(kSensitiveServices),
                  [&](absl::string_view service) {
                    return scope.cover.Actions(action.value, service);
                  });
  if (full) {  // one finding for all that it holds
    if (NamesEveryResource(statement, scope.cover) &&
        statement.conditions.empty()) {
      scope.report.Add(Finding::kFullAccessToSensitiveService, action,
                       ActionPath(statement));
    }
    return;
  }
  LintPassRole(scope, statement, action);
  LintAssumeRole(scope, statement, action);
  LintPermissionsManagement(scope, statement, action);
}

}  // namespace

void LintGrants(const LintScope& scope, const StatementDocument& statement) {
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
  for (const SourceText& action : statement.action->patterns) {
    if (!scope.cover.Actions(action.value, "*")) {
      LintAction(scope, statement, action);
    } else if (NamesEveryResource(statement, scope.cover) &&
               statement.conditions.empty()) {
      scope.report.Add(Finding::kAdministratorAccess, action,
                       ActionPath(statement));
    }
  }
}

}  // namespace rolegate
