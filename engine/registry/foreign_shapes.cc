#include "engine/registry/foreign_shapes.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/types/span.h"
#include "engine/text/fault_text.h"
#include "engine/text/spelling.h"

namespace rolegate {
namespace {

constexpr absl::string_view kExport =
    "`aws iam get-account-authorization-details` prints";
constexpr absl::string_view kDeployed =
    "; Rolegate reads what `aws iam get-role` and `aws iam "
    "get-account-authorization-details` print once it is deployed";
constexpr absl::string_view kApplied =
    "; Rolegate reads what `aws iam get-role` and `aws iam "
    "get-account-authorization-details` print once it is applied";

bool Has(const JsonNode& object, absl::string_view member) {
  return object.Find(member) != nullptr;
}
bool HasAny(const JsonNode& object,
            std::initializer_list<absl::string_view> members) {
  return std::any_of(members.begin(), members.end(),
                     [&](absl::string_view m) { return Has(object, m); });
}
bool HasAll(const JsonNode& object,
            std::initializer_list<absl::string_view> members) {
  return std::all_of(members.begin(), members.end(),
                     [&](absl::string_view m) { return Has(object, m); });
}

// The text of a string member; empty if it is none.
absl::string_view Text(const JsonNode& object, absl::string_view member) {
  const JsonNode* const node = object.Find(member);
  return node != nullptr && node->is_string() ? node->text() : "";
}

// Calls `holds` with each value of an object or a list until it is true.
template <typename F>
bool AnyValue(const JsonNode* node, F holds) {
  if (node == nullptr) return false;
  return std::any_of(node->elements().begin(), node->elements().end(), holds) ||
         std::any_of(node->members().begin(), node->members().end(),
                     [&](const JsonMember& m) { return holds(m.value); });
}

bool AnyName(const JsonNode* node, absl::string_view prefix) {
  return node != nullptr &&
         std::any_of(node->members().begin(), node->members().end(),
                     [&](const JsonMember& m) {
                       return absl::StartsWith(m.key, prefix);
                     });
}

// `{"Ref": "X"}` or `{"Fn::GetAtt": […]}`.
bool IsIntrinsic(const JsonNode& node) {
  return node.members().size() == 1 &&
         (node.members()[0].key == "Ref" ||
          absl::StartsWith(node.members()[0].key, "Fn::"));
}

bool IsCloudFormationType(const JsonNode& resource) {
  const absl::string_view type = Text(resource, "Type");
  return absl::StartsWith(type, "AWS::") || absl::StartsWith(type, "Custom::");
}

bool IsCdk(const JsonNode& object) {
  return AnyValue(object.Find("Resources"),
                  [](const JsonNode& r) {
                    return Text(r, "Type") == "AWS::CDK::Metadata" ||
                           Has(r, "Metadata");
                  }) ||
         (Has(object, "Parameters") &&
          Has(*object.Find("Parameters"), "BootstrapVersion"));
}

std::string CloudFormation(const JsonNode& object) {
  if (IsCloudFormationType(object)) {
    return absl::StrCat("this is a CloudFormation resource (`",
                        Echo(Text(object, "Type")), "`)", kDeployed);
  }
  if (Has(object, "AWSTemplateFormatVersion") ||
      AnyValue(object.Find("Resources"), IsCloudFormationType)) {
    return absl::StrCat("this is a CloudFormation template",
                        IsCdk(object) ? " that CDK wrote" : "", kDeployed);
  }
  if (Has(object, "Properties")) {
    return absl::StrCat("this is a CloudFormation resource", kDeployed);
  }
  if (LooksLikeProperties(object)) {
    return absl::StrCat(
        "these are the `Properties` of a CloudFormation "
        "resource",
        kDeployed);
  }
  return "";
}

std::string Cdk(const JsonNode& object) {
  const bool is_manifest = HasAll(object, {"version", "artifacts"}) ||
                           HasAll(object, {"version", "tree"}) ||
                           HasAll(object, {"files", "dockerImages"}) ||
                           HasAll(object, {"app", "context"}) ||
                           absl::StartsWith(Text(object, "app"), "npx ");
  return is_manifest ? absl::StrCat("this is a file of CDK", kDeployed) : "";
}

std::string Terraform(const JsonNode& object, absl::string_view file) {
  if (Has(object, "terraform_version") ||
      (Has(object, "format_version") &&
       HasAny(object, {"values", "planned_values", "resource_changes"})) ||
      HasAll(object, {"mode", "type", "instances"})) {
    return absl::StrCat("this is a state or plan of Terraform", kApplied);
  }
  if (absl::StartsWith(Text(object, "type"), "aws_")) {
    return absl::StrCat("this is a resource of Terraform (`",
                        Echo(Text(object, "type")), "`)", kApplied);
  }
  if (absl::EndsWith(file, ".tf.json") || AnyName(&object, "aws_") ||
      AnyName(object.Find("resource"), "aws_") ||
      AnyName(object.Find("data"), "aws_")) {
    return absl::StrCat("this is Terraform's configuration", kApplied);
  }
  if (Has(object, "assume_role_policy")) {
    return absl::StrCat("this has the shape of Terraform's `aws_iam_role`",
                        kApplied);
  }
  if (Has(object, "policy") &&
      HasAny(object, {"name", "arn", "role", "user"})) {
    return absl::StrCat("this has the shape of Terraform's `aws_iam_policy`",
                        kApplied);
  }
  if (Has(object, "statement")) {
    return absl::StrCat(
        "this has the shape of Terraform's `aws_iam_policy_document`",
        kApplied);
  }
  if (HasAny(object, {"assumeRolePolicy"}) ||
      (Has(object, "deployment") &&
       Has(*object.Find("deployment"), "resources"))) {
    return absl::StrCat("this is a stack or resource of Pulumi", kApplied);
  }
  return "";
}

std::string Kubernetes(const JsonNode& object) {
  if (!HasAll(object, {"apiVersion", "kind"})) return "";
  return absl::StrCat("this is a Kubernetes object (`",
                      Echo(Text(object, "kind")),
                      "`); a registry holds the files that it mounts, each "
                      "value of `data` as a file of its own");
}

// What services record about requests and resources.
std::string Records(const JsonNode& object) {
  if (HasAny(object, {"configurationItem", "configurationItems"}) ||
      HasAll(object, {"configuration", "resourceType"})) {
    return absl::StrCat("this is an item of AWS Config; Rolegate reads what ",
                        kExport);
  }
  if (HasAny(object, {"Records", "eventSource", "CloudTrailEvent"})) {
    return absl::StrCat("this is a record of events; Rolegate reads what ",
                        kExport);
  }
  if (HasAll(object, {"bindings", "etag"})) {
    return "this is a policy of Google Cloud, which is not IAM's language";
  }
  return "";
}

// Members of AWS's answers that hold no policies, and the command.
constexpr struct {
  absl::string_view member;
  absl::string_view command;
} kAnswersWithoutPolicies[] = {
    {"AttachedPolicies", "iam list-attached-role-policies"},
    {"PolicyNames", "iam list-role-policies"},
    {"Versions", "iam list-policy-versions"},
    {"PolicyGroups", "iam list-entities-for-policy"},
    {"InstanceProfile", "iam get-instance-profile"},
    {"InstanceProfiles", "iam list-instance-profiles"},
    {"Group", "iam get-group"},
    {"Groups", "iam list-groups"},
    {"User", "iam get-user"},
    {"Users", "iam list-users"},
    {"AccessKeyMetadata", "iam list-access-keys"},
    {"OpenIDConnectProviderList", "iam list-open-id-connect-providers"},
    {"SAMLProviderList", "iam list-saml-providers"},
    {"PermissionSet", "sso-admin describe-permission-set"},
    {"PermissionSets", "sso-admin list-permission-sets"},
};

std::string AnswerWithoutPolicies(const JsonNode& object) {
  if (HasAny(object, {"Roots", "Accounts", "OrganizationalUnits",
                      "OrganizationalUnit"})) {
    return "this is what `aws organizations` prints about a part of an "
           "organization: write its tree as one `Organization`, with `Id` and "
           "`Root`";
  }
  for (const auto& answer : kAnswersWithoutPolicies) {
    if (!Has(object, answer.member)) continue;
    return absl::StrCat("this is what `aws ", answer.command,
                        "` prints, which lacks policies and what they are "
                        "attached to; use what ",
                        kExport);
  }
  return "";
}

// An entity that is the value of a member of another name.
std::string Wrapped(const JsonNode& object) {
  for (const JsonMember& member : object.members()) {
    if (!HasAny(member.value,
                {"AssumeRolePolicyDocument", "Role", "Roles", "RoleDetailList",
                 "RoleName", "PolicyName", "ResourceArn", "RevokedSessions",
                 "Organization"})) {
      continue;
    }
    return absl::StrCat("what looks like an entity is the value of `",
                        Echo(member.key),
                        "`: write that value alone, or a list of such values");
  }
  return "";
}

// Members that tell entities or parts of them.
constexpr absl::string_view kTelling[] = {"AssumeRolePolicyDocument",
                                          "Role",
                                          "Roles",
                                          "RoleName",
                                          "RoleDetailList",
                                          "UserDetailList",
                                          "GroupDetailList",
                                          "PolicyDocument",
                                          "PolicyName",
                                          "UserName",
                                          "GroupName",
                                          "ResourceArn",
                                          "OpenIDConnectProvider",
                                          "SAMLProvider",
                                          "Organization",
                                          "RoleSettings",
                                          "RevokedSessions"};

// A member as SDKs and tools of other languages spell it: `roleName`,
// `role_name`.
std::string OtherSpelling(const JsonNode& object) {
  for (const JsonMember& member : object.members()) {
    const std::string plain =
        absl::StrReplaceAll(member.key, {{"_", ""}, {"-", ""}});
    for (absl::string_view telling : kTelling) {
      if (member.key == telling || !absl::EqualsIgnoreCase(plain, telling)) {
        continue;
      }
      return absl::StrCat(
          "`", Echo(member.key), "` is not how AWS spells `", telling,
          "`; Rolegate reads what `aws iam get-role` prints, "
          "and no dump of an SDK that spells members otherwise");
    }
  }
  return "";
}

// A member that is nearly one that tells an entity.
std::string Misspelled(const JsonNode& object) {
  constexpr std::size_t kEdits = 2;
  for (const JsonMember& member : object.members()) {
    const absl::string_view near = NearestName(member.key, kTelling, kEdits);
    if (near.empty() || near == member.key) continue;
    return absl::StrCat(
        "this object is no entity of a registry: unknown "
        "member `",
        Echo(member.key), "`, did you mean `", near, "`?");
  }
  return "";
}

bool IsTrustStatement(const JsonNode& statement) {
  if (!Has(statement, "Principal")) return false;
  const JsonNode* const action = statement.Find("Action");
  const auto is_sts = [](const JsonNode& node) {
    return absl::StartsWithIgnoreCase(node.text(), "sts:");
  };
  return action != nullptr && (is_sts(*action) || AnyValue(action, is_sts));
}

bool IsResourceStatement(const JsonNode& statement) {
  return HasAny(statement, {"Principal", "NotPrincipal"});
}

// A policy document without the entity that has it.
std::string BareDocument(const JsonNode& object) {
  const JsonNode* statement = object.Find("Statement");
  absl::string_view what = "policy";
  if (statement == nullptr && Has(object, "Effect") &&
      HasAny(object, {"Action", "NotAction", "Principal", "NotPrincipal"})) {
    what = "statement";
    statement = &object;
  }
  if (statement == nullptr) return "";
  const auto any = [&](bool (*holds)(const JsonNode&)) {
    return holds(*statement) || AnyValue(statement, holds);
  };
  const absl::string_view inside =
      what == "statement"
          ? "{\"Version\": \"2012-10-17\", \"Statement\": [...]}"
          : "{...}";
  if (any(IsTrustStatement)) {
    return absl::StrCat(
        "this is the trust ", what,
        " alone, and does not say of which role: put it into a role, "
        "`{\"RoleName\": \"NAME\", \"Arn\": "
        "\"arn:aws:iam::ACCOUNT:role/NAME\", \"AssumeRolePolicyDocument\": ",
        inside, "}`, or use what `aws iam get-role` prints");
  }
  if (any(IsResourceStatement)) {
    return absl::StrCat("this is the ", what,
                        " of a resource alone, and does not say of which: put "
                        "it into `{\"ResourceArn\": \"ARN\", "
                        "\"PolicyDocument\": ",
                        inside, "}`");
  }
  return absl::StrCat(
      "this is a permission ", what,
      " alone, and does not say whose: put it into a managed policy, "
      "`{\"PolicyName\": \"NAME\", \"Arn\": "
      "\"arn:aws:iam::ACCOUNT:policy/NAME\", \"PolicyDocument\": ",
      inside,
      "}`, that a role names in `AttachedManagedPolicies`, or into the role's "
      "`RolePolicyList`");
}

std::string Parts(const JsonNode& object) {
  if (Has(object, "PolicyDocument")) {
    return "this document does not say whose it is: add `PolicyName` and "
           "`Arn` for a managed policy, `RoleName` and `PolicyName` for a "
           "role's own, or `ResourceArn` for that of a resource";
  }
  const JsonNode* const attributes = object.Find("Attributes");
  if (HasAny(object, {"ResourcePolicy", "policyText", "resourcePolicy"}) ||
      (attributes != nullptr && Has(*attributes, "Policy"))) {
    return "this holds the policy of a resource under a name that the "
           "service gives it: put it into `{\"ResourceArn\": \"ARN\", "
           "\"PolicyDocument\": {...}}`";
  }
  if (HasAll(object, {"Document", "VersionId"})) {
    return "this is a version of a policy, and does not say of which: put it "
           "into `{\"Arn\": \"arn:aws:iam::ACCOUNT:policy/NAME\", "
           "\"PolicyVersion\": {...}}`";
  }
  if (HasAll(object, {"Url", "ClientIDList"})) {
    return "this is what `aws iam get-open-id-connect-provider` prints, which "
           "lacks the ARN: put it into `{\"OpenIDConnectProvider\": {\"Arn\": "
           "\"ARN\", ...}}`";
  }
  if (Has(object, "SAMLMetadataDocument")) {
    return "this is what `aws iam get-saml-provider` prints, which lacks the "
           "ARN: put it into `{\"SAMLProvider\": {\"Arn\": \"ARN\", ...}}`";
  }
  if (HasAll(object, {"PolicySummary", "Content"})) {
    return "this is the value of `Policy` in what `aws organizations "
           "describe-policy` prints: put it into `{\"Policy\": {...}}`";
  }
  return "";
}

}  // namespace

bool LooksLikeProperties(const JsonNode& object) {
  const auto is_intrinsic = [&](absl::string_view member) {
    const JsonNode* const node = object.Find(member);
    return node != nullptr && IsIntrinsic(*node);
  };
  for (absl::string_view member :
       {"Arn", "RoleName", "PolicyName", "ResourceArn", "UserName"}) {
    if (is_intrinsic(member)) return true;
  }
  if (HasAny(object, {"Arn", "RoleId", "UserId", "ResourceArn"})) return false;
  const JsonNode* const boundary = object.Find("PermissionsBoundary");
  if (Has(object, "AssumeRolePolicyDocument") &&
      (HasAny(object, {"ManagedPolicyArns", "Policies"}) ||
       (boundary != nullptr &&
        (boundary->is_string() || IsIntrinsic(*boundary))))) {
    return true;
  }
  return Has(object, "PolicyDocument") &&
         HasAny(object, {"ManagedPolicyName", "Roles", "Users", "Groups",
                         "Bucket", "Queues", "Topics", "SecretId"});
}

std::string WhatToDoWith(const JsonNode& object, absl::string_view file) {
  for (const auto& shape :
       {CloudFormation(object), Terraform(object, file), Cdk(object),
        Kubernetes(object), Records(object), BareDocument(object),
        AnswerWithoutPolicies(object), Wrapped(object), OtherSpelling(object),
        Misspelled(object), Parts(object)}) {
    if (!shape.empty()) return shape;
  }
  return "this object is no entity of a registry: expected a role "
         "(`AssumeRolePolicyDocument`), a managed policy (`PolicyName`, "
         "`Arn`), a user, a group, a resource policy (`ResourceArn`), an "
         "`Organization`, `RoleSettings`, `RevokedSessions`, an "
         "`OpenIDConnectProvider`, a `SAMLProvider` or an account's export";
}

}  // namespace rolegate
