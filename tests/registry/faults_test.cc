// What is wrong in a registry, and where: every fault with file, line and code.

#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::Role;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;

RegistryStatus Load(const TempDir& dir, RegistryOptions options = {}) {
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  return registry.status();
}

TEST(RegistryFaults, EachNamesItsPlace) {
  const std::string good = Role("R", Trust(kEc2), Allow("s3:*"));
  struct {
    const char* name;
    std::string text;
    int line;
    const char* code;
    const char* message;
  } const kCases[] = {
      {"no JSON", "{\n\"RoleName\": x}", 2, "JsonSyntax", ""},
      {"truncated", "{\"RoleName\": ", 1, "JsonSyntax", ""},
      {"a duplicate key", "{\"RoleName\": \"a\",\n\"RoleName\": \"b\"}", 2,
       "JsonSyntax", "duplicate key `RoleName`"},
      {"an unknown entity", "{\"Foo\": 1}", 1, "UnknownEntity", ""},
      {"an unknown member",
       Role("R", Trust(kEc2), Allow("s3:*"), ", \"XPolicy\": 1"), 1,
       "UnknownMember", "`XPolicy`"},
      {"a misspelled member",
       Role("R", Trust(kEc2), Allow("s3:*"), ", \"PermissionBoundary\": {}"), 1,
       "UnknownMember", "PermissionsBoundary"},
      {"a malformed policy",
       Role("R", Trust(kEc2), Policy(R"({"Effect": "allow", "Action": "*",
                                         "Resource": "*"})")),
       1, "MalformedPolicyDocument", "unknown effect `allow`"},
      {"a missing policy",
       Role("R", Trust(kEc2), Allow("s3:*"),
            R"(, "AttachedManagedPolicies": [{"PolicyName": "p",
               "PolicyArn": "arn:aws:iam::123456789012:policy/p"}])"),
       0, "MissingPolicy", "policy/p"},
      {"a missing boundary",
       Role("R", Trust(kEc2), Allow("s3:*"),
            R"(, "PermissionsBoundary": {"PermissionsBoundaryArn":
               "arn:aws:iam::123456789012:policy/b"})"),
       0, "MissingPolicy", "policy/b"},
      {"a truncated export", "{\"RoleDetailList\": [], \"IsTruncated\": true}",
       1, "TruncatedExport", ""},
      {"an empty directory", "[]", 0, "EmptyRegistry", ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TempDir dir;
    dir.Write("x.json", c.text);
    const RegistryStatus status = Load(dir);
    EXPECT_FALSE(status.loaded);
    ASSERT_FALSE(status.faults.empty());
    const Diagnostic& fault = status.faults.front();
    EXPECT_EQ(fault.code, c.code) << ToString(fault);
    EXPECT_THAT(fault.message, HasSubstr(c.message));
    if (c.line > 0) {
      EXPECT_EQ(fault.file, "x.json");
      EXPECT_EQ(fault.position.line, c.line);
      EXPECT_GT(fault.position.column, 0);
    }
  }
}

TEST(RegistryFaults, TwoDefinitionsOfOneArn) {
  TempDir dir;
  dir.Write("a.json", Role("R", Trust(kEc2), Allow("s3:*")));
  dir.Write("b.json", Role("R", Trust(kEc2), Allow("ec2:*")));
  const RegistryStatus status = Load(dir);
  ASSERT_FALSE(status.faults.empty());
  EXPECT_EQ(status.faults[0].code, "DuplicateDefinition");

  dir.Write("b.json", Role("R", Trust(kEc2), Allow("s3:*")));
  EXPECT_TRUE(Load(dir).loaded) << "equal content is one definition";
}

// What is taken for something else must not lose what it revokes or defines.
TEST(RegistryFaults, AnObjectIsOneEntity) {
  const std::string role = Role("R", Trust(kEc2), Allow("s3:*"));
  const std::string revoked =
      R"("RevokedSessions": [{"SourceIdentity": "alice"}])";
  struct {
    const char* name;
    std::string text;
  } const kCases[] = {
      {"a role that revokes", absl::StrCat("{", revoked, ", ", role.substr(1))},
      {"a role in an organisation",
       absl::StrCat(R"({"Organization": {"Id": "o-1", "Root": {"Id": "r-1"}},)",
                    revoked, R"(, "Role": )", role, "}")},
      {"an export that revokes",
       absl::StrCat(R"({"RoleDetailList": [)", role, "], ", revoked, "}")},
  };
  for (const auto& c : kCases) {
    for (const UnknownKeys unknown :
         {UnknownKeys::kFault, UnknownKeys::kWarn}) {
      SCOPED_TRACE(c.name);
      TempDir dir;
      dir.Write("keep.json", Role("Keep", Trust(kEc2), Allow("s3:*")));
      RegistryOptions options;
      options.dir = dir.path();
      options.reload = ReloadMode::kManual;
      options.unknown_keys = unknown;
      Registry registry(options);
      registry.Start();
      dir.Write("x.json", c.text);
      EXPECT_FALSE(registry.Reload().faults.empty());
      EXPECT_TRUE(
          registry.snapshot()->revocations().HasSourceIdentity("alice"));
    }
  }
}

TEST(RegistryFaults, LinksThatLeaveTheDirectory) {
  TempDir outside;
  TempDir dir;
  dir.Write("a.json", Role("R", Trust(kEc2), Allow("s3:*")));
  std::filesystem::create_symlink(
      outside.Write("secret.json", Role("X", Trust(kEc2), Allow("*"))),
      dir.path("link.json"));
  const RegistryStatus status = Load(dir);
  ASSERT_FALSE(status.faults.empty());
  EXPECT_EQ(status.faults[0].file, "link.json");
}

TEST(RegistryFaults, LimitsHold) {
  TempDir dir;
  dir.Write("a.json", Role("R", Trust(kEc2), Allow("s3:*")));
  dir.Write("b.json", Role("S", Trust(kEc2), Allow("s3:*")));
  RegistryOptions options;
  options.limits.max_files = 1;
  EXPECT_EQ(Load(dir, options).faults.at(0).code, "LimitExceeded");
  options = {};
  options.limits.max_file_bytes = 100;
  EXPECT_EQ(Load(dir, options).faults.at(0).code, "LimitExceeded");
}

TEST(RegistryFaults, TheArticlesDocumentsLoad) {
  TempDir dir;
  dir.Write("complete.json",
            Role("Complete", Trust(kEc2), Policy(R"({"Effect": "Allow",
                            "Action": ["s3:ListBucket", "s3:GetObject"],
                            "Resource": ["arn:aws:s3:::example-bucket",
                                         "arn:aws:s3:::example-bucket/*"]})")));
  dir.Write("cross.json", Role("Cross", Trust(R"({"AWS":
                     "arn:aws:iam::123456789012:role/CrossAccountRole"})"),
                               Allow("s3:GetObject"), "", "210987654321"));
  dir.Write("saml.json", Role("Saml", Policy(R"({"Effect": "Allow",
                   "Principal": {"Federated":
                     "arn:aws:iam::123456789012:saml-provider/Corp"},
                   "Action": "sts:AssumeRoleWithSAML",
                   "Condition": {"StringEquals": {"SAML:aud":
                     "https://signin.aws.amazon.com/saml"}}})"),
                              Allow("s3:GetObject")));
  dir.Write("insufficient.json",
            absl::StrCat(R"({"RoleName": "Trusted", "Arn": ")",
                         testing::RoleArn("Trusted"),
                         R"(", "RoleId": "AROATRUSTED",)",
                         R"("AssumeRolePolicyDocument": )", Trust(kEc2), "}"));
  const RegistryStatus status = Load(dir);
  EXPECT_TRUE(status.loaded)
      << (status.faults.empty() ? "" : ToString(status.faults[0]));
  EXPECT_EQ(status.counts.roles, 4u);
}

// The shape that `aws iam get-account-authorization-details` prints.
TEST(RegistryFaults, AnExportServes) {
  const std::string policy_arn = "arn:aws:iam::123456789012:policy/Read";
  const std::string attached =
      absl::StrCat(R"("AttachedManagedPolicies": [{"PolicyName": "Read",)",
                   R"("PolicyArn": ")", policy_arn, R"("}])");
  TempDir dir;
  dir.Write(
      "export.json",
      absl::StrCat(
          R"({"UserDetailList": [{"Path": "/", "UserName": "alice",
              "UserId": "AIDAALICE", "CreateDate": "2026-01-01T00:00:00Z",
              "Arn": "arn:aws:iam::123456789012:user/alice",
              "GroupList": ["Readers"], "AttachedManagedPolicies": []}],
              "GroupDetailList": [{"Path": "/", "GroupName": "Readers",
              "GroupId": "AGPAREADERS",
              "Arn": "arn:aws:iam::123456789012:group/Readers",
              "GroupPolicyList": [], )",
          attached, R"(}], "RoleDetailList": [)",
          Role("Reader", Trust(kEc2), Allow("s3:*"),
               absl::StrCat(", \"InstanceProfileList\": [], ", attached)),
          R"(], "Policies": [{"PolicyName": "Read", "PolicyId": "ANPAREAD",
              "Arn": ")",
          policy_arn,
          R"(", "Path": "/", "DefaultVersionId": "v2", "AttachmentCount": 2,
              "PolicyVersionList": [
                {"VersionId": "v2", "IsDefaultVersion": true, "Document": )",
          Allow("s3:GetObject"),
          R"(}, {"VersionId": "v1", "IsDefaultVersion": false, "Document": )",
          Allow("s3:*"), "}]}], \"IsTruncated\": false}"));
  const RegistryStatus status = Load(dir);
  EXPECT_TRUE(status.loaded)
      << (status.faults.empty() ? "" : ToString(status.faults[0]));
  EXPECT_EQ(status.counts.users, 1u);
  EXPECT_EQ(status.counts.groups, 1u);
  EXPECT_EQ(status.counts.roles, 1u);
  EXPECT_EQ(status.counts.managed_policies, 1u);
}

}  // namespace
}  // namespace rolegate
