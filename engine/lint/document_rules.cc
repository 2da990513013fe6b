// The document as a whole.

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/text/fault_text.h"

namespace rolegate {
namespace {

// Characters of the document without white space between tokens, as AWS
// counts them, but for escapes.
std::size_t SizeOf(const JsonNode& node) {
  std::size_t size = 0;
  switch (node.type()) {
    case JsonType::kObject:
      for (const JsonMember& member : node.members()) {
        size += member.key.size() + 3 + SizeOf(member.value);
      }
      return 2 + size + std::max<std::size_t>(node.members().size(), 1) - 1;
    case JsonType::kArray:
      for (const JsonNode& element : node.elements()) size += SizeOf(element);
      return 2 + size + std::max<std::size_t>(node.elements().size(), 1) - 1;
    case JsonType::kString:
      return node.text().size() + 2;
    case JsonType::kNumber:
    case JsonType::kBool:
      return node.text().size();
    case JsonType::kNull:
      return 4;
  }
  return 0;
}

// AWS: "IAM and AWS STS quotas", IAM User Guide; "Quotas and service limits",
// Organizations User Guide; Amazon S3's for policies of resources.
std::size_t QuotaOf(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kIdentity:
      return 10'240;  // of all inline policies of a role together
    case PolicyKind::kSession:
    case PolicyKind::kTrust:
      return 2'048;
    case PolicyKind::kScp:
    case PolicyKind::kRcp:
      return 5'120;
    case PolicyKind::kResource:
      return 20'480;
  }
  return 0;
}

bool HasVariable(const StatementDocument& statement) {
  const auto has = [](const SourceText& text) {
    const std::size_t begin = text.value.find("${");
    return begin != absl::string_view::npos &&
           text.value.find('}', begin) != absl::string_view::npos;
  };
  return (statement.resource &&
          std::any_of(statement.resource->patterns.begin(),
                      statement.resource->patterns.end(), has)) ||
         std::any_of(statement.conditions.begin(), statement.conditions.end(),
                     [&](const ConditionClause& clause) {
                       return std::any_of(clause.values.begin(),
                                          clause.values.end(), has);
                     });
}

void LintVersion(const LintScope& scope) {
  const PolicyDocument& policy = scope.policy;
  if (policy.version == PolicyVersion::k2012_10_17) return;
  bool variables = false;
  for (const StatementDocument& statement : policy.statements) {
    if (!HasVariable(statement)) continue;
    variables = true;
    scope.report.Add(Finding::kVariableInOldVersion, statement.offset,
                     statement.path, "${…}");
  }
  if (variables) return;  // the graver finding says it all
  scope.report.Add(
      policy.has_version ? Finding::kOldVersion : Finding::kMissingVersion,
      policy.offset, policy.has_version ? "Version" : "");
}

void LintSids(const LintScope& scope) {
  absl::flat_hash_set<absl::string_view> sids;
  for (const StatementDocument& statement : scope.policy.statements) {
    if (!statement.sid) continue;
    const auto path = [&] { return absl::StrCat(statement.path, ".Sid"); };
    if (statement.sid->value.empty()) {
      scope.report.Add(Finding::kEmptySid, *statement.sid, path);
    } else if (!sids.insert(statement.sid->value).second) {
      scope.report.Add(Finding::kDuplicateSid, *statement.sid, path);
    }
  }
}

bool AllowsAssumeRole(const LintScope& scope) {
  static constexpr absl::string_view kWays[] = {
      "sts:AssumeRole", "sts:AssumeRoleWithSAML",
      "sts:AssumeRoleWithWebIdentity"};
  return std::any_of(
      scope.policy.statements.begin(), scope.policy.statements.end(),
      [&](const StatementDocument& statement) {
        return statement.effect == Effect::kAllow &&
               std::any_of(std::begin(kWays), std::end(kWays),
                           [&](absl::string_view way) {
                             return NamesAction(statement, way, scope.cover);
                           });
      });
}

}  // namespace

void LintDocument(const LintScope& scope, const JsonNode& root) {
  const PolicyDocument& policy = scope.policy;
  LintVersion(scope);
  LintSids(scope);
  if (SizeOf(root) > QuotaOf(scope.kind)) {
    scope.report.Add(Finding::kPolicyTooLargeForAws, policy.offset, "");
  }
  const bool of_resource =
      scope.kind == PolicyKind::kResource || scope.kind == PolicyKind::kTrust;
  if (policy.id && !of_resource) {
    scope.report.Add(Finding::kIdWithoutUse, *policy.id, "Id");
  }
  for (const StatementDocument& statement : policy.statements) {
    for (const SourceText& op : statement.empty_conditions) {
      scope.report.Add(Finding::kEmptyCondition, op, [&] {
        return absl::StrCat(statement.path, ".Condition.", Echo(op.value));
      });
    }
  }
  if (scope.kind == PolicyKind::kTrust && !AllowsAssumeRole(scope)) {
    scope.report.Add(Finding::kTrustWithoutAssumeRole, policy.offset, "");
  }
}

}  // namespace rolegate
