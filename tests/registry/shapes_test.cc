// What people put into a registry as other tools print it: what is read, and
// what is said about the rest.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Loaded {
  RegistryStatus status;
  std::shared_ptr<const Snapshot> snapshot;
};

Loaded Load(const TempDir& dir, RegistryOptions options = {}) {
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  return {registry.status(), registry.snapshot()};
}

std::string Expand(absl::string_view text) {
  return absl::StrReplaceAll(
      text,
      {{"ALLOW", Allow("s3:*")},
       {"TRUST", Trust(kEc2)},
       {"BUCKET_TEXT",
        R"("{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": )"
        R"(\"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", )"
        R"(\"Resource\": [\"arn:aws:s3:::b\", \"arn:aws:s3:::b/*\"]}]}")"},
       {"SCP_TEXT",
        R"("{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": )"
        R"(\"Deny\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}")"}});
}

// The first fault of a registry of one file.
std::string FaultOf(const std::string& name, const std::string& text) {
  TempDir dir;
  dir.Write(name, Expand(text));
  const Loaded loaded = Load(dir);
  if (loaded.status.faults.empty()) return "none";
  const Diagnostic& fault = loaded.status.faults.front();
  return absl::StrCat(fault.code, ": ", fault.message);
}

TEST(ForeignShapes, AreRecognised) {
  const std::string deployed =
      "; Rolegate reads what `aws iam get-role` and `aws iam "
      "get-account-authorization-details` print once it is deployed";
  const std::string applied =
      "; Rolegate reads what `aws iam get-role` and `aws iam "
      "get-account-authorization-details` print once it is applied";
  const struct {
    const char* description;
    const char* text;
    std::string message;
    const char* file = "x.json";
  } kCases[] = {
      {"a CloudFormation template",
       R"({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}})",
       "this is a CloudFormation template" + deployed},
      {"a template without its version",
       R"({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {}}}})",
       "this is a CloudFormation template" + deployed},
      {"a template of CDK",
       R"({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {}}, "CDKMetadata": {"Type": "AWS::CDK::Metadata"}}})",
       "this is a CloudFormation template that CDK wrote" + deployed},
      {"a CloudFormation resource",
       R"({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}})",
       "this is a CloudFormation resource (`AWS::IAM::Role`)" + deployed},
      {"properties with a type that is not said",
       R"({"Properties": {"AssumeRolePolicyDocument": TRUST}})",
       "this is a CloudFormation resource" + deployed},
      {"properties of a role",
       R"({"RoleName": "R", "AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": []})",
       "these are the `Properties` of a CloudFormation resource" + deployed},
      {"properties of a role with inline policies",
       R"({"AssumeRolePolicyDocument": TRUST, "Policies": [{"PolicyName": "p", "PolicyDocument": ALLOW}]})",
       "these are the `Properties` of a CloudFormation resource" + deployed},
      {"properties of a policy",
       R"({"PolicyName": "p", "PolicyDocument": ALLOW, "Roles": ["R"]})",
       "these are the `Properties` of a CloudFormation resource" + deployed},
      {"properties of a bucket policy",
       R"({"Bucket": "b", "PolicyDocument": ALLOW})",
       "these are the `Properties` of a CloudFormation resource" + deployed},
      {"properties with references",
       R"({"RoleName": {"Fn::Sub": "${X}-r"}, "Arn": "a", "AssumeRolePolicyDocument": TRUST})",
       "these are the `Properties` of a CloudFormation resource" + deployed},
      {"a manifest of CDK", R"({"version": "36.0.0", "artifacts": {}})",
       "this is a file of CDK" + deployed},
      {"the settings of CDK", R"({"app": "npx ts-node bin/app.ts"})",
       "this is a file of CDK" + deployed},
      {"a state of Terraform",
       R"({"version": 4, "terraform_version": "1.9.0", "resources": []})",
       "this is a state or plan of Terraform" + applied},
      {"what `terraform show -json` prints",
       R"({"format_version": "1.0", "values": {"root_module": {}}})",
       "this is a state or plan of Terraform" + applied},
      {"a resource of a state",
       R"({"mode": "managed", "type": "aws_iam_role", "instances": []})",
       "this is a state or plan of Terraform" + applied},
      {"a resource of a plan",
       R"({"address": "aws_iam_role.r", "type": "aws_iam_role", "values": {}})",
       "this is a resource of Terraform (`aws_iam_role`)" + applied},
      {"a configuration of Terraform in JSON",
       R"({"resource": {"aws_iam_role": {"r": {"name": "r"}}}})",
       "this is Terraform's configuration" + applied},
      {"a file of Terraform in JSON", R"({"locals": {"a": 1}})",
       "this is Terraform's configuration" + applied, "main.tf.json"},
      {"the attributes of aws_iam_role",
       R"({"name": "r", "arn": "a", "assume_role_policy": "{\"Version\": \"2012-10-17\"}"})",
       "this has the shape of Terraform's `aws_iam_role`" + applied},
      {"a role with jsonencode",
       R"({"name": "r", "assume_role_policy": "${jsonencode({Version = \"2012-10-17\"})}"})",
       "this has the shape of Terraform's `aws_iam_role`" + applied},
      {"the attributes of aws_iam_policy", R"({"name": "p", "policy": "{}"})",
       "this has the shape of Terraform's `aws_iam_policy`" + applied},
      {"an aws_iam_policy_document",
       R"({"statement": [{"actions": ["s3:*"]}]})",
       "this has the shape of Terraform's `aws_iam_policy_document`" + applied},
      {"a stack of Pulumi",
       R"({"version": 3, "deployment": {"resources": []}})",
       "this is a stack or resource of Pulumi" + applied},
      {"a Kubernetes object",
       R"({"apiVersion": "v1", "kind": "ConfigMap", "data": {}})",
       "this is a Kubernetes object (`ConfigMap`); a registry holds the files "
       "that it mounts, each value of `data` as a file of its own"},
      {"an item of AWS Config",
       R"({"resourceType": "AWS::IAM::Role", "configuration": {"roleName": "R"}})",
       "this is an item of AWS Config; Rolegate reads what `aws iam "
       "get-account-authorization-details` prints"},
      {"a dump of an SDK in camel case",
       R"({"roleName": "R", "assumeRolePolicyDocument": "%7B%7D"})",
       "`roleName` is not how AWS spells `RoleName`; Rolegate reads what `aws "
       "iam get-role` "
       "prints, and no dump of an SDK that spells members otherwise"},
      {"a dump of an SDK in snake case",
       R"({"sdk_http_response": {}, "role": {"role_name": "R"}})",
       "`role` is not how AWS spells `Role`; Rolegate reads what `aws iam "
       "get-role` "
       "prints, and no dump of an SDK that spells members otherwise"},
      {"a misspelled member", R"({"ResourceAr": "*", "Description": ""})",
       "this object is no entity of a registry: unknown member `ResourceAr`, "
       "did you mean `ResourceArn`?"},
      {"a bare trust policy", "TRUST",
       "this is the trust policy alone, and does not say of which role: put it "
       "into a role, `{\"RoleName\": \"NAME\", \"Arn\": "
       "\"arn:aws:iam::ACCOUNT:role/NAME\", \"AssumeRolePolicyDocument\": "
       "{...}}`, or use what `aws iam get-role` prints"},
      {"a bare permission policy", "ALLOW",
       "this is a permission policy alone, and does not say whose: put it into "
       "a managed policy, `{\"PolicyName\": \"NAME\", \"Arn\": "
       "\"arn:aws:iam::ACCOUNT:policy/NAME\", \"PolicyDocument\": {...}}`, "
       "that "
       "a role names in `AttachedManagedPolicies`, or into the role's "
       "`RolePolicyList`"},
      {"a bare policy of a resource",
       R"({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]})",
       "this is the policy of a resource alone, and does not say of which: put "
       "it into `{\"ResourceArn\": \"ARN\", \"PolicyDocument\": {...}}`"},
      {"a bare statement",
       R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})",
       "this is a permission statement alone, and does not say whose: put it "
       "into a managed policy, `{\"PolicyName\": \"NAME\", \"Arn\": "
       "\"arn:aws:iam::ACCOUNT:policy/NAME\", \"PolicyDocument\": "
       "{\"Version\": \"2012-10-17\", \"Statement\": [...]}}`, that a role "
       "names in `AttachedManagedPolicies`, or into the role's "
       "`RolePolicyList`"},
      {"a document without an owner", R"({"PolicyDocument": ALLOW})",
       "this document does not say whose it is: add `PolicyName` and `Arn` for "
       "a managed policy, `RoleName` and `PolicyName` for a role's own, or "
       "`ResourceArn` for that of a resource"},
      {"an answer without policies", R"({"AttachedPolicies": []})",
       "this is what `aws iam list-attached-role-policies` prints, which lacks "
       "policies and what they are attached to; use what `aws iam "
       "get-account-authorization-details` prints"},
      {"an answer with members of a group",
       R"({"Group": {"GroupName": "g"}, "Users": []})",
       "this is what `aws iam get-group` prints, which lacks policies and what "
       "they are attached to; use what `aws iam "
       "get-account-authorization-details` prints"},
      {"the list of an organization's accounts", R"({"Accounts": []})",
       "this is what `aws organizations` prints about a part of an "
       "organization: write its tree as one `Organization`, with `Id` and "
       "`Root`"},
      {"a permission set", R"({"PermissionSet": {"Name": "admin"}})",
       "this is what `aws sso-admin describe-permission-set` prints, which "
       "lacks policies and what they are attached to; use what `aws iam "
       "get-account-authorization-details` prints"},
      {"the policy of a secret",
       R"({"ARN": "a", "Name": "s", "ResourcePolicy": "{}"})",
       "this holds the policy of a resource under a name that the service "
       "gives it: put it into `{\"ResourceArn\": \"ARN\", "
       "\"PolicyDocument\": {...}}`"},
      {"attributes of a queue", R"({"Attributes": {"Policy": "{}"}})",
       "this holds the policy of a resource under a name that the service "
       "gives it: put it into `{\"ResourceArn\": \"ARN\", "
       "\"PolicyDocument\": {...}}`"},
      {"an answer that somebody wrapped",
       R"({"data": {"Role": {"RoleName": "R"}}})",
       "what looks like an entity is the value of `data`: write that value "
       "alone, or a list of such values"},
      {"JSON in a string", R"("{\"RoleName\": \"R\"}")",
       "expected an entity or a list of them, found a string that holds JSON: "
       "write it without quotes and escapes"},
      {"a provider without its ARN",
       R"({"Url": "a.example", "ClientIDList": ["c"]})",
       "this is what `aws iam get-open-id-connect-provider` prints, which "
       "lacks "
       "the ARN: put it into `{\"OpenIDConnectProvider\": {\"Arn\": \"ARN\", "
       "...}}`"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    EXPECT_EQ(FaultOf(c.file, c.text), "UnknownEntity: " + c.message);
  }
}

// A role of AWS's has none of what makes it look like CloudFormation's.
TEST(ForeignShapes, AreNoRoles) {
  TempDir dir;
  dir.Write(
      "r.json",
      Role("R", Trust(kEc2), Allow("s3:*"),
           R"(, "InstanceProfileList": [], "PermissionsBoundary": null)"));
  EXPECT_TRUE(Load(dir).status.loaded);
}

TEST(AwsAnswers, InlinePoliciesFindTheirOwner) {
  TempDir dir;
  dir.Write("r.json", Role("R", Trust(kEc2), Allow("s3:*")));
  dir.Write("u.json", R"([{"UserName": "U", "Arn":
      "arn:aws:iam::123456789012:user/U", "GroupList": ["G"]},
      {"GroupName": "G", "Arn": "arn:aws:iam::123456789012:group/G"}])");
  dir.Write("r-q.json", Expand(R"({"RoleName": "R", "PolicyName": "q",
      "PolicyDocument": ALLOW, "ResponseMetadata": {}})"));
  dir.Write("u-q.json", Expand(R"({"UserName": "U", "PolicyName": "q",
      "PolicyDocument": ALLOW, "UserArn":
      "arn:aws:iam::123456789012:user/U"})"));
  dir.Write("g-q.json", Expand(R"({"GroupName": "G", "PolicyName": "g",
      "PolicyDocument": ALLOW})"));
  const Loaded loaded = Load(dir);
  ASSERT_TRUE(loaded.status.loaded) << ToString(loaded.status.faults.at(0));
  const auto* const role = loaded.snapshot->FindRole(RoleArn("R"));
  ASSERT_EQ(role->identity.policies.size(), 2u);
  EXPECT_EQ(role->identity.policies[1]->name(), "q");
  EXPECT_EQ(role->identity.policies[1]->file(), "r-q.json");
  const auto* const user =
      loaded.snapshot->FindUser("arn:aws:iam::123456789012:user/U");
  ASSERT_EQ(user->identity.policies.size(), 2u) << "its own, and its group's";
}

TEST(AwsAnswers, AnInlinePolicyWithoutOneOwnerIsAFault) {
  const std::string other_account = "210987654321";
  const struct {
    const char* description;
    std::string text;
    const char* report;  // the beginning
  } kCases[] = {
      {"no such role",
       R"({"RoleName": "S", "PolicyName": "q", "PolicyDocument": ALLOW})",
       "MissingRole: no role `S` in the registry, so that nobody has this "
       "inline policy"},
      {"no such user",
       R"({"UserName": "S", "PolicyName": "q", "PolicyDocument": ALLOW})",
       "MissingUser: no user `S` in the registry"},
      {"no such group",
       R"({"GroupName": "S", "PolicyName": "q", "PolicyDocument": ALLOW})",
       "MissingGroup: no group `S` in the registry"},
      {"two roles of this name",
       R"({"RoleName": "R", "PolicyName": "q", "PolicyDocument": ALLOW})",
       "MissingMember: `arn:aws:iam::123456789012:role/R` and "
       "`arn:aws:iam::210987654321:role/R` have this name: add `RoleArn` with "
       "the ARN of the one that has the policy"},
      {"another policy of this name",
       R"({"RoleName": "R", "RoleArn": "arn:aws:iam::123456789012:role/R", "PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}})",
       "DuplicateDefinition: `arn:aws:iam::123456789012:role/R` has another "
       "inline policy `p`, in r.json"},
      {"the same policy again",
       R"({"RoleName": "R", "RoleArn": "arn:aws:iam::123456789012:role/R", "PolicyName": "p", "PolicyDocument": ALLOW})",
       "none"},
      {"a name that is not the ARN's",
       R"({"RoleName": "R", "RoleArn": "arn:aws:iam::123456789012:role/S", "PolicyName": "p", "PolicyDocument": ALLOW})",
       "InvalidMember: `R` disagrees with the ARN, which has `S`"},
      {"a role and a user",
       R"({"RoleName": "R", "UserName": "R", "PolicyName": "p", "PolicyDocument": ALLOW})",
       "InvalidMember: expected one of `RoleName`, `UserName` and `GroupName`"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    TempDir dir;
    dir.Write(
        "r.json",
        absl::StrCat("[", Role("R", Trust(kEc2), Allow("s3:*")), ", ",
                     Role("R", Trust(kEc2), Allow("s3:*"), "", other_account),
                     "]"));
    dir.Write("x.json", Expand(c.text));
    const Loaded loaded = Load(dir);
    std::vector<std::string> reports;
    for (const Diagnostic& fault : loaded.status.faults) {
      reports.push_back(absl::StrCat(fault.code, ": ", fault.message));
    }
    if (reports.empty()) reports.emplace_back("none");
    EXPECT_THAT(reports, Contains(StartsWith(c.report)));
  }
}

// Nobody who writes one folder gives a policy to a role of another, or makes
// the name in another's file ambiguous.
TEST(AwsAnswers, InlinePoliciesStayInTheirFence) {
  RegistryOptions options;
  for (const char* name : {"team-a", "team-b"}) {
    Fence fence;
    fence.path = name;
    fence.accounts = {"123456789012", "210987654321"};
    options.fences.push_back(std::move(fence));
  }
  ASSERT_TRUE(CheckFences(&options.fences).empty());
  TempDir dir;
  dir.Write("team-a/r.json", Role("R", Trust(kEc2), Allow("s3:*")));
  dir.Write("team-b/r.json",
            absl::StrReplaceAll(
                Role("R", Trust(kEc2), Allow("s3:*"), "", "210987654321"),
                {{"AROAR", "AROAB"}}));
  dir.Write("team-a/q.json", Expand(R"({"RoleName": "R", "PolicyName": "q",
      "PolicyDocument": ALLOW})"));
  const Loaded loaded = Load(dir, options);
  ASSERT_TRUE(loaded.status.loaded) << ToString(loaded.status.faults.at(0));
  EXPECT_EQ(loaded.snapshot->FindRole(RoleArn("R"))->identity.policies.size(),
            2u);

  dir.Write("team-b/q.json",
            Expand(absl::StrCat(
                R"({"RoleName": "R", "PolicyName": "q",
      "RoleArn": ")",
                RoleArn("R"), R"(", "PolicyDocument": ALLOW})")));
  const Loaded outside = Load(dir, options);
  ASSERT_FALSE(outside.status.faults.empty());
  EXPECT_EQ(outside.status.faults[0].code, "OutsideFence");
}

// Twenty thousand policies beside as many roles are read in the time of
// both, and not of their product.
TEST(AwsAnswers, ManyInlinePoliciesFindTheirOwners) {
  constexpr int kCount = 20'000;
  std::string roles = "[";
  std::string policies = "[";
  for (int i = 0; i < kCount; ++i) {
    const absl::string_view comma = i == 0 ? "" : ",";
    absl::StrAppend(&roles, comma,
                    Role(absl::StrCat("R", i), Trust(kEc2), Allow("s3:*")));
    absl::StrAppend(&policies, comma, R"({"RoleName": "r)", i,
                    R"(", "PolicyName": "q", "PolicyDocument": )",
                    Allow("s3:*"), "}");
  }
  TempDir dir;
  dir.Write("r.json", roles + "]");
  dir.Write("q.json", policies + "]");
  const absl::Time begin = absl::Now();
  const Loaded loaded = Load(dir);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20));
  ASSERT_TRUE(loaded.status.loaded) << ToString(loaded.status.faults.at(0));
  EXPECT_EQ(loaded.snapshot->FindRole(RoleArn("R77"))->identity.policies.size(),
            2u);
}

TEST(AwsAnswers, VersionsOfPolicies) {
  const struct {
    const char* description;
    const char* text;
    const char* report;
  } kCases[] = {
      {"what get-policy-version prints, with the ARN",
       R"({"Arn": "arn:aws:iam::123456789012:policy/team/P", "PolicyVersion": {"Document": ALLOW, "VersionId": "v2", "IsDefaultVersion": true, "CreateDate": "2026-01-01T00:00:00Z"}})",
       "none"},
      {"without the ARN",
       R"({"PolicyVersion": {"Document": ALLOW, "VersionId": "v2", "IsDefaultVersion": true}})",
       "MissingMember: a version does not say of which policy it is: add "
       "`\"Arn\": \"arn:aws:iam::ACCOUNT:policy/NAME\"` beside "
       "`PolicyVersion`"},
      {"a version that is not in force",
       R"({"Arn": "arn:aws:iam::123456789012:policy/P", "PolicyVersion": {"Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": false}})",
       "InvalidMember: is not the version that is in force: get the version "
       "that `DefaultVersionId` of `aws iam get-policy` names"},
      {"get-policy and get-policy-version in one",
       R"({"Policy": {"PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P", "DefaultVersionId": "v2", "AttachmentCount": 1}, "PolicyVersion": {"Document": ALLOW, "VersionId": "v2", "IsDefaultVersion": true}})",
       "none"},
      {"get-policy and another version",
       R"({"Policy": {"PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P", "DefaultVersionId": "v3"}, "PolicyVersion": {"Document": ALLOW, "VersionId": "v2"}})",
       "InvalidMember: `v2` is not the version in force, which is `v3`"},
      {"get-policy alone",
       R"({"Policy": {"PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P", "DefaultVersionId": "v3"}})",
       "MissingMember: a managed policy must have a `PolicyDocument`, or a "
       "`PolicyVersionList` with the default version's document: `aws iam "
       "get-policy` and `aws iam list-policies` print none, `aws iam "
       "get-account-authorization-details` does"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    EXPECT_EQ(FaultOf("x.json", c.text), c.report);
  }
}

TEST(AwsAnswers, BucketPolicies) {
  TempDir dir;
  dir.Write("b.json", Expand(R"({"Policy": BUCKET_TEXT})"));
  dir.Write("k.json", R"({"Policy": {"Version": "2012-10-17", "Statement": {
      "Effect": "Allow", "Principal": "*", "Action": "kms:*",
      "Resource": "*"}}, "PolicyName": "default",
      "ResourceArn": "arn:aws:kms:eu-west-1:123456789012:key/k"})");
  const Loaded loaded = Load(dir);
  ASSERT_TRUE(loaded.status.loaded) << ToString(loaded.status.faults.at(0));
  EXPECT_EQ(loaded.status.counts.resource_policies, 2u);

  EXPECT_EQ(FaultOf("x.json", R"({"Policy": {"Version": "2012-10-17",
      "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*",
      "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}]}})"),
            "MissingMember: the statements do not show of which one resource "
            "this policy is: add `\"ResourceArn\": \"ARN\"` beside `Policy`");
  EXPECT_THAT(FaultOf("x.json", R"({"Policy": BUCKET_TEXT,
      "RoleSettings": {"Arn": "arn:aws:iam::123456789012:role/R"}})"),
              HasSubstr("expected one entity in an object"));
}

TEST(AwsAnswers, PoliciesOfAnOrganization) {
  const std::string organization = R"({"Organization": {"Id": "o-1",
      "ManagementAccount": "123456789012", "Root": {"Id": "r-1",
      "ServiceControlPolicies": ["FullAWSAccess", "Guard"],
      "Accounts": ["210987654321"]}}})";
  TempDir dir;
  dir.Write("o.json", organization);
  dir.Write("guard.json", Expand(R"({"Policy": {"PolicySummary": {
      "Id": "p-1", "Arn": "arn:aws:organizations::123456789012:policy/o-1/service_control_policy/p-1",
      "Name": "Guard", "Description": "", "Type": "SERVICE_CONTROL_POLICY",
      "AwsManaged": false}, "Content": SCP_TEXT}})"));
  const Loaded loaded = Load(dir);
  ASSERT_TRUE(loaded.status.loaded) << ToString(loaded.status.faults.at(0));
  EXPECT_EQ(loaded.status.counts.organizations, 1u);

  EXPECT_EQ(FaultOf("x.json", R"({"Policy": {"PolicySummary": {
      "Id": "p-1", "Arn": "arn:aws:organizations::123456789012:policy/o-1/tag_policy/p-1",
      "Name": "Tags", "Type": "TAG_POLICY"}, "Content": "{}"}})"),
            "InvalidMember: a policy of type `TAG_POLICY` decides about no "
            "request: remove the file, expected `SERVICE_CONTROL_POLICY` or "
            "`RESOURCE_CONTROL_POLICY`");
}

TEST(MissingPolicies, NameTheCommandThatExportsThem) {
  const auto attached = [](const char* arn) {
    return Role("R", Trust(kEc2), Allow("s3:*"),
                absl::StrCat(R"(, "AttachedManagedPolicies": [{"PolicyName":
                    "p", "PolicyArn": ")",
                             arn, R"("}])"));
  };
  EXPECT_EQ(FaultOf("x.json", attached("arn:aws:iam::aws:policy/ReadOnly")),
            "MissingPolicy: no policy `arn:aws:iam::aws:policy/ReadOnly` in "
            "the registry: export it with `aws iam "
            "get-account-authorization-details --filter AWSManagedPolicy`, or "
            "set `registry.missing_policies: deny` to deny every request of "
            "who has it");
  EXPECT_THAT(FaultOf("x.json", attached("arn:aws:iam::123456789012:policy/p")),
              HasSubstr("--filter LocalManagedPolicy`"));
  EXPECT_THAT(FaultOf("x.json", attached("arn:aws:iam::12345678901:policy/p")),
              HasSubstr("an account has twelve digits"));
}

TEST(Principals, SayWhatToWriteInstead) {
  const struct {
    const char* principal;
    const char* message;
  } kCases[] = {
      {"arn:aws:iam::123456789012:role/*",
       ": a principal has no wildcards, name the account and limit it by a "
       "condition `ArnLike` on `aws:PrincipalArn`"},
      {"arn:aws:iam::123456789012:group/admins",
       ": groups are never principals, name the users, or roles that they may "
       "assume"},
      {"arn:aws:iam::12345678910:root", ": an account has twelve digits"},
      {"arn:aws:iam::1234567890123:role/R", ": an account has twelve digits"},
      {"arn:aws:sts::xxx:assumed-role/R/s", ": an account has twelve digits"},
      {"arn:aws:iam:::root", ": an account has twelve digits"},
      {"12345678910", ": an account has twelve digits"},
      {"1234-5678-9012", ": an account has twelve digits"},
      {"arn:aws:iam::cloudfront:role/R", ": an account has twelve digits"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.principal);
    EXPECT_EQ(
        FaultOf(
            "x.json",
            Role("R", Trust(absl::StrCat(R"({"AWS": ")", c.principal, R"("})")),
                 Allow("s3:*"))),
        absl::StrCat("MalformedPolicyDocument: invalid principal `",
                     c.principal, "`", c.message));
  }
  EXPECT_EQ(FaultOf("x.json", Role("R", Trust(R"({"Federated":
                             "arn:aws:iam::12345678901:saml-provider/C"})"),
                                   Allow("s3:*"))),
            "MalformedPolicyDocument: invalid federated principal "
            "`arn:aws:iam::12345678901:saml-provider/C`: an account has twelve "
            "digits");
  EXPECT_EQ(FaultOf("x.json", Role("R", Trust(R"({"AWS":
                             "arn:aws:iam::cloudfront:user/CloudFront"})"),
                                   Allow("s3:*"))),
            "none");
}

}  // namespace
}  // namespace rolegate
