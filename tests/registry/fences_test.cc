// Fences: what an author who may write one folder of the registry tries, and
// what becomes of it.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "engine/registry/fence.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::Role;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kA[] = "111111111111";  // team-a's account
constexpr char kB[] = "222222222222";  // team-b's

// {"Effect": "Allow", "Principal": "*", ...} on everything.
const std::string kOpen =
    Policy(R"({"Effect": "Allow", "Principal": "*", "Action": "*",
               "Resource": "*"})");

std::string RoleOf(const std::string& account, const std::string& name,
                   const std::string& more = "") {
  return absl::StrCat(R"({"RoleName": ")", name, R"(", "Arn": "arn:aws:iam::)",
                      account, ":role/", name,
                      R"(", "CreateDate": "2026-01-01T00:00:00Z",
                         "AssumeRolePolicyDocument": )",
                      Trust(kEc2), more, "}");
}
std::string UserOf(const std::string& account, const std::string& name,
                   const std::string& more = "") {
  return absl::StrCat(R"({"UserName": ")", name, R"(", "Arn": "arn:aws:iam::)",
                      account, ":user/", name, R"(")", more, "}");
}
std::string GroupOf(const std::string& account, const std::string& name,
                    const std::string& more = "") {
  return absl::StrCat(R"({"GroupName": ")", name, R"(", "Arn": "arn:aws:iam::)",
                      account, ":group/", name, R"(")", more, "}");
}
std::string ManagedAt(const std::string& arn, const std::string& name) {
  return absl::StrCat(R"({"PolicyName": ")", name, R"(", "Arn": ")", arn,
                      R"(", "PolicyDocument": )", Allow("s3:*"), "}");
}
std::string ManagedOf(const std::string& account, const std::string& name) {
  return ManagedAt(absl::StrCat("arn:aws:iam::", account, ":policy/", name),
                   name);
}
std::string ResourcePolicyOn(const std::string& pattern) {
  return absl::StrCat(R"({"ResourceArn": ")", pattern,
                      R"(", "PolicyDocument": )", kOpen, "}");
}
std::string Attaching(const std::string& arn) {
  return absl::StrCat(
      R"(, "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": ")",
      arn, R"("}])");
}
std::string BoundedBy(const std::string& arn) {
  return absl::StrCat(
      R"(, "PermissionsBoundary": {"PermissionsBoundaryArn": ")", arn, R"("})");
}

Fence FenceA() {
  Fence fence;
  fence.path = "team-a";
  fence.accounts = {kA};
  fence.resources = {"arn:aws:s3:::team-a",
                     "arn:aws:sqs:eu-west-1:111111111111:",
                     "arn:aws:logs:eu-west-1:111111111111:a-*"};
  return fence;
}

Fence FenceB() {
  Fence fence;
  fence.path = "team-b";
  fence.accounts = {kB};
  fence.resources = {"arn:aws:s3:::team-b"};
  return fence;
}

RegistryOptions OptionsFor(const TempDir& dir) {
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  options.fences = {FenceA(), FenceB()};
  return options;
}

std::vector<std::string> Texts(const Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics) {
    texts.push_back(
        absl::StrCat(ToString(diagnostic), " [", diagnostic.code, "]"));
  }
  return texts;
}

// The central files and those of team-b, which are clean.
void WriteOthers(const TempDir& dir) {
  dir.Write("org.json", R"({"Organization": {"Id": "o-main",
    "ManagementAccount": "999999999999",
    "Root": {"Id": "r-root", "ServiceControlPolicies": ["FullAWSAccess"],
             "Accounts": ["111111111111", "222222222222"]}}})");
  dir.Write(
      "central/aws.json",
      ManagedAt("arn:aws:iam::aws:policy/ReadOnlyAccess", "ReadOnlyAccess"));
  dir.Write("central/a.json", RoleOf(kA, "Audit"));
  dir.Write("central/idp/keys.json", R"({"keys": []})");
  dir.Write("central/idp.json", R"({"OpenIDConnectProvider": {"Arn":
    "arn:aws:iam::999999999999:oidc-provider/idp.example",
    "Url": "https://idp.example", "ClientIDList": ["x"],
    "JwksFile": "idp/keys.json"}})");
  dir.Write("team-b/all.json",
            absl::StrCat("[", RoleOf(kB, "Pay", R"(, "RoleId": "AROAPAY")"),
                         ",", UserOf(kB, "bob"), ",", GroupOf(kB, "Admins"),
                         ",", ManagedOf(kB, "Power"), "]"));
}

struct Attempt {
  const char* name;
  std::string text;                 // of team-a/x.json
  std::vector<std::string> faults;  // whole, and none if it loads
};

// The faults that most attempts are: of file team-a/x.json.
std::string OutsideAccounts(const std::string& place, const std::string& what) {
  return absl::StrCat("team-a/x.json:", place, ": ", what,
                      " stands outside of fence `team-a`, whose accounts are "
                      "`111111111111` [OutsideFence]");
}
std::string NoAccountIn(const std::string& policy) {
  return absl::StrCat("team-a/x.json:1:28 Arn: `", policy,
                      "` is not the ARN of a policy: an account has twelve "
                      "digits [InvalidMember]");
}

std::string NoPolicyOfAnAccount(const std::string& arn) {
  return absl::StrCat(
      "team-a/x.json:1:1: managed policy `", arn,
      "` stands outside of fence `team-a`, whose accounts are "
      "`111111111111`: expected "
      "`arn:PARTITION:iam::ACCOUNT:policy/NAME` [OutsideFence]");
}
std::string OutsideResources(const std::string& pattern,
                             const std::string& why = "") {
  return absl::StrCat("team-a/x.json:1:1: resource policy `", pattern,
                      "` stands outside of fence `team-a`, whose resources are "
                      "`arn:aws:s3:::team-a`, "
                      "`arn:aws:sqs:eu-west-1:111111111111:`, "
                      "`arn:aws:logs:eu-west-1:111111111111:a-*`",
                      why, " [OutsideFence]");
}
std::string OutsideByWildcard(const std::string& pattern) {
  return OutsideResources(pattern,
                          ", by what stands before its first wildcard");
}

std::vector<Attempt> WhatItMayDo() {
  return {
      {"a role of its own", RoleOf(kA, "X"), {}},
      {"a user in a group of its own",
       absl::StrCat("[", UserOf(kA, "eve", R"(, "GroupList": ["Own"])"), ",",
                    GroupOf(kA, "Own"), "]"),
       {}},
      {"a managed policy, attached and as boundary",
       absl::StrCat(
           "[", ManagedOf(kA, "P"), ",",
           RoleOf(
               kA, "X",
               absl::StrCat(Attaching("arn:aws:iam::111111111111:policy/P"),
                            BoundedBy("arn:aws:iam::111111111111:policy/P"))),
           "]"),
       {}},
      {"an AWS-managed policy, attached",
       RoleOf(kA, "X", Attaching("arn:aws:iam::aws:policy/ReadOnlyAccess")),
       {}},
      {"a resource by its name", ResourcePolicyOn("arn:aws:s3:::team-a"), {}},
      {"what lies below it",
       ResourcePolicyOn("arn:aws:s3:::team-a/*/logs/?"),
       {}},
      {"everything behind a colon",
       ResourcePolicyOn("arn:aws:sqs:eu-west-1:111111111111:*"),
       {}},
      {"an open beginning",
       ResourcePolicyOn("arn:aws:logs:eu-west-1:111111111111:a-?*"),
       {}},
      {"settings of its own role",
       R"({"RoleSettings": {"Arn": "arn:aws:iam::111111111111:role/Own",
                            "MaxSessionDuration": 7200}})",
       {}},
      {"a revocation of its own role",
       R"({"RevokedSessions": [
           {"RoleArn": "arn:aws:iam::111111111111:role/Own",
            "IssuedBefore": "2099-01-01T00:00:00Z"}]})",
       {}},
      {"a trust of another account",
       Role("X", Trust(R"({"AWS": "arn:aws:iam::222222222222:role/Pay"})"),
            Allow("s3:*"), "", kA),
       {}},
      {"instance profiles, which define nothing",
       RoleOf(kA, "X", R"(, "InstanceProfileList": [{"Arn":
          "arn:aws:iam::222222222222:instance-profile/p"}])"),
       {}},
      {"its account under another partition's ARN",
       ManagedAt("arn:aws-cn:iam::111111111111:policy/P", "P"),
       {}},
  };
}

std::vector<Attempt> EntitiesOfOthers() {
  const std::string user_b = "arn:aws:iam::222222222222:user/x";
  return {
      {"a role of another account",
       RoleOf(kB, "X"),
       {OutsideAccounts("1:1", "role `arn:aws:iam::222222222222:role/X`")}},
      {"a role that others trust and nobody defines",
       RoleOf("333333333333", "Ghost"),
       {OutsideAccounts("1:1", "role `arn:aws:iam::333333333333:role/Ghost`")}},
      {"a role of the management account",
       RoleOf("999999999999", "Root"),
       {OutsideAccounts("1:1", "role `arn:aws:iam::999999999999:role/Root`")}},
      {"a list in which one is another's",
       absl::StrCat("[", RoleOf(kA, "X"), ",\n", RoleOf(kB, "Y"), "]"),
       {OutsideAccounts("3:1 [1]", "role `arn:aws:iam::222222222222:role/Y`")}},
      {"what `get-role` prints",
       absl::StrCat(R"({"Role": )", RoleOf(kB, "X"), "}"),
       {OutsideAccounts("1:10 Role",
                        "role `arn:aws:iam::222222222222:role/X`")}},
      {"what `list-roles` prints",
       absl::StrCat(R"({"Roles": [)", RoleOf(kB, "X"), "]}"),
       {OutsideAccounts("1:12 Roles[0]",
                        "role `arn:aws:iam::222222222222:role/X`")}},
      {"an export of several accounts",
       absl::StrCat(R"({"RoleDetailList": [)", RoleOf(kA, "X"), ",\n",
                    RoleOf(kB, "X"), "],\n\"UserDetailList\": [",
                    UserOf(kB, "x"), "],\n\"GroupDetailList\": [",
                    GroupOf(kB, "x"), "],\n\"Policies\": [", ManagedOf(kB, "x"),
                    ",\n", ManagedOf("aws", "x"), "]}"),
       {OutsideAccounts("3:1 RoleDetailList[1]",
                        "role `arn:aws:iam::222222222222:role/X`"),
        OutsideAccounts("5:20 UserDetailList[0]",
                        "user `arn:aws:iam::222222222222:user/x`"),
        OutsideAccounts("6:21 GroupDetailList[0]",
                        "group `arn:aws:iam::222222222222:group/x`"),
        OutsideAccounts("7:14 Policies[0]",
                        "managed policy `arn:aws:iam::222222222222:policy/x`"),
        OutsideAccounts("8:1 Policies[1]",
                        "managed policy `arn:aws:iam::aws:policy/x`")}},
      {"a user of another account",
       UserOf(kB, "x"),
       {OutsideAccounts("1:1", "user `arn:aws:iam::222222222222:user/x`")}},
      {"a group of another account",
       GroupOf(kB, "x"),
       {OutsideAccounts("1:1", "group `arn:aws:iam::222222222222:group/x`")}},
      {"the group that another account's users are in, made anew",
       GroupOf(kB, "Admins",
               Attaching("arn:aws:iam::aws:policy/ReadOnlyAccess")),
       {OutsideAccounts("1:1",
                        "group `arn:aws:iam::222222222222:group/Admins`")}},
      {"a managed policy of another account",
       ManagedOf(kB, "x"),
       {OutsideAccounts(
           "1:1", "managed policy `arn:aws:iam::222222222222:policy/x`")}},
      {"an AWS-managed policy",
       ManagedAt("arn:aws:iam::aws:policy/AdministratorAccess",
                 "AdministratorAccess"),
       {OutsideAccounts(
           "1:1",
           "managed policy `arn:aws:iam::aws:policy/AdministratorAccess`")}},
      {"an AWS-managed policy that is defined, word for word",
       ManagedAt("arn:aws:iam::aws:policy/ReadOnlyAccess", "ReadOnlyAccess"),
       {OutsideAccounts(
           "1:1", "managed policy `arn:aws:iam::aws:policy/ReadOnlyAccess`")}},
      {"the definition of another file, word for word",
       UserOf(kB, "bob"),
       {OutsideAccounts("1:1", "user `arn:aws:iam::222222222222:user/bob`")}},
      {"another definition of what another file defines",
       UserOf(kB, "bob", R"(, "Tags": [{"Key": "a", "Value": "b"}])"),
       {OutsideAccounts("1:1", "user `arn:aws:iam::222222222222:user/bob`")}},
      {"a control policy of the organization",
       ManagedAt("arn:aws:organizations::aws:policy/service_control_policy/"
                 "p-FullAWSAccess",
                 "FullAWSAccess"),
       {NoPolicyOfAnAccount("arn:aws:organizations::aws:policy/"
                            "service_control_policy/p-FullAWSAccess")}},
      {"a control policy under its own account",
       ManagedAt("arn:aws:organizations::111111111111:policy/o-main/"
                 "service_control_policy/p-x",
                 "FullAWSAccess"),
       {NoPolicyOfAnAccount("arn:aws:organizations::111111111111:policy/o-main/"
                            "service_control_policy/p-x")}},
      {"a control policy by its bare name", ManagedOf(kA, "FullAWSAccess"), {}},
      {"the service in other letters",
       ManagedAt("arn:aws:IAM::111111111111:policy/P", "P"),
       {NoPolicyOfAnAccount("arn:aws:IAM::111111111111:policy/P")}},
      {"a wildcard for the account",
       ManagedAt("arn:aws:iam::*:policy/P", "P"),
       {NoPolicyOfAnAccount("arn:aws:iam::*:policy/P"),
        NoAccountIn("arn:aws:iam::*:policy/P")}},
      {"a wildcard in the account",
       ManagedAt("arn:aws:iam::1111?1111111:policy/P", "P"),
       {NoPolicyOfAnAccount("arn:aws:iam::1111?1111111:policy/P"),
        NoAccountIn("arn:aws:iam::1111?1111111:policy/P")}},
      {"a wildcard in the name",
       ManagedAt("arn:aws:iam::111111111111:policy/*", "*"),
       {NoPolicyOfAnAccount("arn:aws:iam::111111111111:policy/*")}},
      {"a wildcard for a role's account",
       RoleOf("*", "X"),
       {OutsideAccounts("1:1", "role `arn:aws:iam::*:role/X`"),
        "team-a/x.json:1:26 Arn: `arn:aws:iam::*:role/X` is not the ARN of a "
        "role: an account has twelve digits [InvalidMember]"}},
      {"no account",
       ManagedAt("arn:aws:iam:::policy/P", "P"),
       {OutsideAccounts("1:1", "managed policy `arn:aws:iam:::policy/P`"),
        NoAccountIn("arn:aws:iam:::policy/P")}},
      {"an account behind a region",
       ManagedAt("arn:aws:iam:222222222222:111111111111:policy/P", "P"),
       {NoPolicyOfAnAccount("arn:aws:iam:222222222222:111111111111:policy/P")}},
      {"an account of look-alike digits",
       ManagedAt("arn:aws:iam::１１１１１１１１１１１１:policy/P", "P"),
       {OutsideAccounts(
            "1:1",
            "managed policy `arn:aws:iam::１１１１１１１１１１１１:policy/P`"),
        NoAccountIn("arn:aws:iam::１１１１１１１１１１１１:policy/P")}},
      {"a space behind the account",
       ManagedAt("arn:aws:iam::111111111111 :policy/P", "P"),
       {OutsideAccounts("1:1",
                        "managed policy `arn:aws:iam::111111111111 :policy/P`"),
        NoAccountIn("arn:aws:iam::111111111111 :policy/P")}},
      {"no partition",
       ManagedAt("arn::iam::111111111111:policy/P", "P"),
       {NoPolicyOfAnAccount("arn::iam::111111111111:policy/P")}},
      {"an organization",
       R"({"Organization": {"Id": "o-evil", "Root": {"Id": "r-x",
           "Accounts": ["333333333333"]}}})",
       {"team-a/x.json:1:18 Organization: organization `o-evil` stands outside "
        "of fence `team-a`, which admits no organization [OutsideFence]"}},
      {"more accounts under the organization's id",
       R"([{"Organization": {"Id": "o-main", "Root": {"Id": "r-root",
           "Accounts": ["333333333333"]}}}])",
       {"team-a/x.json:1:19 [0].Organization: organization `o-main` stands "
        "outside of fence `team-a`, which admits no organization "
        "[OutsideFence]"}},
      {"an OpenID Connect provider of its own account",
       R"({"OpenIDConnectProvider": {"Arn":
           "arn:aws:iam::111111111111:oidc-provider/evil.example",
           "Url": "https://evil.example", "ClientIDList": ["x"],
           "Jwks": {"keys": []}}})",
       {"team-a/x.json:1:27 OpenIDConnectProvider: identity provider "
        "`arn:aws:iam::111111111111:oidc-provider/evil.example` stands outside "
        "of fence `team-a`, which admits no identity provider [OutsideFence]"}},
      {"a provider whose keys are another's role file",
       R"({"OpenIDConnectProvider": {"Arn":
           "arn:aws:iam::111111111111:oidc-provider/evil.example",
           "Url": "https://evil.example", "ClientIDList": ["x"],
           "JwksFile": "team-b/all.json"}})",
       {"team-a/x.json:1:27 OpenIDConnectProvider: identity provider "
        "`arn:aws:iam::111111111111:oidc-provider/evil.example` stands outside "
        "of fence `team-a`, which admits no identity provider [OutsideFence]"}},
      {"a SAML provider that another account trusts",
       R"({"SAMLProvider": {"Arn":
           "arn:aws:iam::222222222222:saml-provider/corp",
           "SAMLMetadataFile": "central/idp/keys.json"}})",
       {"team-a/x.json:1:18 SAMLProvider: identity provider "
        "`arn:aws:iam::222222222222:saml-provider/corp` stands outside of "
        "fence `team-a`, which admits no identity provider [OutsideFence]"}},
  };
}

std::vector<Attempt> ResourcesOfOthers() {
  return {
      {"another's resource",
       ResourcePolicyOn("arn:aws:s3:::team-b"),
       {OutsideResources("arn:aws:s3:::team-b")}},
      {"everything", ResourcePolicyOn("*"), {OutsideByWildcard("*")}},
      {"all of the service",
       ResourcePolicyOn("arn:aws:s3:::*"),
       {OutsideByWildcard("arn:aws:s3:::*")}},
      {"its own name and more",
       ResourcePolicyOn("arn:aws:s3:::team-ab"),
       {OutsideResources("arn:aws:s3:::team-ab")}},
      {"its own name and whatever follows",
       ResourcePolicyOn("arn:aws:s3:::team-a*"),
       {OutsideByWildcard("arn:aws:s3:::team-a*")}},
      {"its own name and one more letter",
       ResourcePolicyOn("arn:aws:s3:::team-a?"),
       {OutsideByWildcard("arn:aws:s3:::team-a?")}},
      {"its own name behind a wildcard",
       ResourcePolicyOn("arn:aws:s3:::*team-a/x"),
       {OutsideByWildcard("arn:aws:s3:::*team-a/x")}},
      {"a letter of it as a wildcard",
       ResourcePolicyOn("arn:aws:s3:::team-?/x"),
       {OutsideByWildcard("arn:aws:s3:::team-?/x")}},
      {"a wildcard for the partition",
       ResourcePolicyOn("arn:*:s3:::team-a"),
       {OutsideByWildcard("arn:*:s3:::team-a")}},
      {"a wildcard for the account",
       ResourcePolicyOn("arn:aws:sqs:eu-west-1:*:queue"),
       {OutsideByWildcard("arn:aws:sqs:eu-west-1:*:queue")}},
      {"another partition",
       ResourcePolicyOn("arn:aws-cn:s3:::team-a"),
       {OutsideResources("arn:aws-cn:s3:::team-a")}},
      {"other letters",
       ResourcePolicyOn("arn:aws:s3:::Team-A"),
       {OutsideResources("arn:aws:s3:::Team-A")}},
      {"a look-alike letter",
       ResourcePolicyOn("arn:aws:s3:::te\u0430m-a"),
       {OutsideResources("arn:aws:s3:::teаm-a")}},
      {"a short ARN",
       ResourcePolicyOn("arn:aws:s3"),
       {OutsideResources("arn:aws:s3"),
        "team-a/x.json:1:17 ResourceArn: `arn:aws:s3` is neither an ARN of six "
        "parts nor `*` [InvalidMember]"}},
      {"less than an open beginning",
       ResourcePolicyOn("arn:aws:logs:eu-west-1:111111111111:a*"),
       {OutsideByWildcard("arn:aws:logs:eu-west-1:111111111111:a*")}},
      {"a document in percent-encoding",
       R"({"ResourceArn": "arn:aws:s3:::team-b", "PolicyDocument":
           "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D"
          })",
       {OutsideResources("arn:aws:s3:::team-b"),
        "team-a/x.json:2:12 PolicyDocument.Statement: a policy must have at "
        "least one statement [MalformedPolicyDocument]"}},
      {"an ARN in percent-encoding",
       ResourcePolicyOn("arn:aws:s3:::team-a%2F..%2Fteam-b"),
       {OutsideResources("arn:aws:s3:::team-a%2F..%2Fteam-b")}},
  };
}

std::vector<Attempt> WhatChangesOthers() {
  return {
      {"another account's policy, attached",
       RoleOf(kA, "X", Attaching("arn:aws:iam::222222222222:policy/Power")),
       {OutsideAccounts("1:1 AttachedManagedPolicies[0].PolicyArn",
                        "role `arn:aws:iam::111111111111:role/X` attaches "
                        "`arn:aws:iam::222222222222:policy/Power`, which")}},
      {"another account's policy, attached to a group",
       GroupOf(kA, "X", Attaching("arn:aws:iam::222222222222:policy/Power")),
       {OutsideAccounts("1:1 AttachedManagedPolicies[0].PolicyArn",
                        "group `arn:aws:iam::111111111111:group/X` attaches "
                        "`arn:aws:iam::222222222222:policy/Power`, which")}},
      {"another account's policy as boundary",
       UserOf(kA, "x", BoundedBy("arn:aws:iam::222222222222:policy/Power")),
       {OutsideAccounts(
           "1:1 PermissionsBoundary.PermissionsBoundaryArn",
           "user `arn:aws:iam::111111111111:user/x` has the boundary "
           "`arn:aws:iam::222222222222:policy/Power`, which")}},
      {"a user in a group of another account",
       UserOf(kA, "x", R"(, "GroupList": ["Admins"])"),
       {"team-a/x.json:1:1: no group `Admins` in account 111111111111 "
        "[MissingGroup]"}},
      {"settings of another account's role",
       R"({"RoleSettings": {"Arn": "arn:aws:iam::222222222222:role/Pay",
                            "MaxSessionDuration": 43200}})",
       {"team-a/x.json:1:18 RoleSettings: settings of role "
        "`arn:aws:iam::222222222222:role/Pay` stand outside of fence `team-a`, "
        "whose accounts are `111111111111` [OutsideFence]"}},
      {"settings of a role of its account that stands elsewhere",
       R"({"RoleSettings": {"Arn": "arn:aws:iam::111111111111:role/Audit",
                            "MaxSessionDuration": 43200}})",
       {"team-a/x.json:1:18 RoleSettings: settings of role "
        "`arn:aws:iam::111111111111:role/Audit` stand in fence `team-a`, but "
        "the role stands outside of it, in central/a.json [OutsideFence]"}},
      {"a revocation of another account's role until 2099",
       R"({"RevokedSessions": [
           {"RoleArn": "arn:aws:iam::222222222222:role/Pay",
            "IssuedBefore": "2099-01-01T00:00:00Z"}]})",
       {OutsideAccounts(
           "2:12 RevokedSessions[0]",
           "the revocation of role `arn:aws:iam::222222222222:role/Pay`")}},
      {"a revocation of somebody's session",
       R"({"RevokedSessions": [{"AccessKeyId": "RGSAAAAAAAAAAAAAAAAA"}]})",
       {"team-a/x.json:1:22 RevokedSessions[0]: the revocation of session "
        "`RGSAAAAAAAAAAAAAAAAA` stands outside of fence `team-a`, which admits "
        "revocations by `RoleArn` only, because `RGSAAAAAAAAAAAAAAAAA` does "
        "not show whose session it is [OutsideFence]"}},
      {"a revocation of somebody by name",
       R"({"RevokedSessions": [{"SourceIdentity": "bob"}]})",
       {"team-a/x.json:1:22 RevokedSessions[0]: the revocation of source "
        "identity `bob` stands outside of fence `team-a`, which admits "
        "revocations by `RoleArn` only, because `bob` does not show whose "
        "session it is [OutsideFence]"}},
      {"the unique id of another's role",
       RoleOf(kA, "X", R"(, "RoleId": "AROAPAY")"),
       {"team-a/x.json:1:1: the unique id `AROAPAY` already belongs "
        "to team-b/all.json:1:2 [DuplicateDefinition]"}},
      {"a unique id that passes for a session of another's role",
       RoleOf(kA, "X", R"(, "RoleId": "AROAPAY:s")"),
       {"team-a/x.json:1:1 RoleId: role `arn:aws:iam::111111111111:role/X` has "
        "the unique id `AROAPAY:s`, which could be taken for that of another "
        "outside of fence `team-a`: expected `AROA` and letters, digits and "
        "`_` [OutsideFence]"}},
      {"a user id that passes for a role's session",
       UserOf(kA, "x", R"(, "UserId": "AROAPAY:s")"),
       {"team-a/x.json:1:1 UserId: user `arn:aws:iam::111111111111:user/x` has "
        "the unique id `AROAPAY:s`, which could be taken for that of another "
        "outside of fence `team-a`: expected `AIDA` and letters, digits and "
        "`_` [OutsideFence]"}},
      {"the MFA device of another account's user",
       UserOf(kA, "x", R"(, "MFADevices": [{"SerialNumber":
           "arn:aws:iam::222222222222:mfa/bob", "SeedFile":
           "111111111111-x"}])"),
       {"team-a/x.json:1:1 MFADevices[0].SerialNumber: user "
        "`arn:aws:iam::111111111111:user/x` has MFA device "
        "`arn:aws:iam::222222222222:mfa/bob` outside of fence `team-a`: "
        "expected `arn:PARTITION:iam::111111111111:mfa/NAME` [OutsideFence]"}},
      {"another's seed under a device of its own",
       UserOf(kA, "x", R"(, "MFADevices": [{"SerialNumber":
           "arn:aws:iam::111111111111:mfa/x", "SeedFile": "bob"}])"),
       {"team-a/x.json:1:1 MFADevices[0].SeedFile: user "
        "`arn:aws:iam::111111111111:user/x` has the seed file `bob` outside of "
        "fence `team-a`: expected a name that begins with `111111111111-` "
        "[OutsideFence]"}},
      {"another definition of what stands outside",
       RoleOf(kA, "Audit", R"(, "MaxSessionDuration": 43200)"),
       {"team-a/x.json:1:1: `arn:aws:iam::111111111111:role/Audit` is defined "
        "differently in central/a.json:1:1 [DuplicateDefinition]"}},
      {"the same name in other letters",
       RoleOf(kA, "AUDIT"),
       {"team-a/x.json:1:1: the name of role "
        "`arn:aws:iam::111111111111:role/AUDIT` is that of "
        "`arn:aws:iam::111111111111:role/Audit`; names are unique in an "
        "account, ignoring letter case and path [DuplicateDefinition]"}},
  };
}

TEST(Fences, HoldWhateverTheAuthorOfAFolderTries) {
  std::size_t count = 0;
  for (const auto& attempts : {WhatItMayDo(), EntitiesOfOthers(),
                               ResourcesOfOthers(), WhatChangesOthers()}) {
    for (const Attempt& attempt : attempts) {
      SCOPED_TRACE(attempt.name);
      ++count;
      TempDir dir;
      WriteOthers(dir);
      dir.Write("team-a/own.json", RoleOf(kA, "Own"));
      Registry registry(OptionsFor(dir));
      registry.Start();
      ASSERT_THAT(Texts(registry.status().faults), IsEmpty());
      dir.Write("team-a/x.json", attempt.text);
      const RegistryStatus status = registry.Reload();
      EXPECT_EQ(Texts(status.faults), attempt.faults);
      // A revocation is in force while its file has faults: not such a one.
      const std::size_t revoked = attempt.faults.empty() ? 1 : 0;
      EXPECT_LE(registry.snapshot()->revocations().size(), revoked);
    }
  }
  EXPECT_GE(count, 40U);
}

}  // namespace
}  // namespace rolegate
