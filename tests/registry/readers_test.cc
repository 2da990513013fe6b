// What the readers of each entity say about a file that is not as it should be:
// the place, the code and the whole text of everything that they report.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "engine/registry/file_parser.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

// A file is the text with these names replaced, each by a well-formed value.
std::string Expand(absl::string_view text) {
  return absl::StrReplaceAll(
      text,
      {{"ROLE", R"("RoleName": "R", "Arn": "arn:aws:iam::123456789012:role/R",)"
                R"( "RoleId": "AROAR", "AssumeRolePolicyDocument": TRUST)"},
       {"USER", R"("UserName": "U", "Arn": "arn:aws:iam::123456789012:user/U",)"
                R"( "UserId": "AIDAU")"},
       {"TRUST", R"({"Version": "2012-10-17", "Statement": {)"
                 R"("Effect": "Allow", "Principal": {"Service": "a.b"},)"
                 R"( "Action": "sts:AssumeRole"}})"},
       {"ALLOW", R"({"Version": "2012-10-17", "Statement": {)"
                 R"("Effect": "Allow", "Action": "*", "Resource": "*"}})"}});
}

struct Case {
  const char* description;
  const char* text;
  std::vector<std::string> reports;  // "PATH: CODE: MESSAGE"
};

std::string Show(const Diagnostic& d) {
  return absl::StrCat(d.path, ": ", d.code, ": ", d.message);
}

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    // ROLE and USER hold names that are expanded in turn.
    const auto file =
        ParseRegistryFile("x.json", Expand(Expand(c.text)), RegistryOptions());
    std::vector<std::string> reports;
    for (const Diagnostic& fault : file->faults) {
      EXPECT_EQ(fault.file, "x.json");
      EXPECT_EQ(fault.position.line, 1);
      EXPECT_GT(fault.position.column, 0);
      reports.push_back(Show(fault));
    }
    for (const Diagnostic& finding : file->findings) {
      reports.push_back(absl::StrCat("finding: ", Show(finding)));
    }
    EXPECT_EQ(absl::StrJoin(reports, "\n"), absl::StrJoin(c.reports, "\n"));
  }
}

TEST(Readers, Entities) {
  Check({
      {"a number",
       R"(7)",
       {": UnknownEntity: expected an entity or a list of them, found a "
        "number"}},
      {"a list with a number",
       R"([{ROLE}, 7])",
       {"[1]: UnknownEntity: expected an entity or a list of them, found a "
        "number"}},
      {"an object that is no entity",
       R"({"Foo": 1})",
       {": UnknownEntity: this object is no entity of a registry: expected "
        "a role (`AssumeRolePolicyDocument`), a managed policy (`PolicyName`, "
        "`Arn`), "
        "a user, a group, a resource policy (`ResourceArn`), an "
        "`Organization`, `RoleSettings`, `RevokedSessions`, an "
        "`OpenIDConnectProvider`, a `SAMLProvider` or an account's export"}},
      {"two entities in one object",
       R"({"Role": {ROLE}, "ResourceArn": "*"})",
       {": InvalidMember: has `Role` and `ResourceArn`: expected one entity in "
        "an object",
        "finding: : UnknownMember: unknown member `ResourceArn` means nothing "
        "here: Rolegate does not know it, and its name and value are not those "
        "of a policy"}},
      {"two entities in one object of Rolegate's own",
       R"({"RoleSettings": {"Arn": "arn:aws:iam::123456789012:role/R"}, "ResourceArn": "*"})",
       {": UnknownMember: unknown member `ResourceArn`"}},
      {"a truncated export",
       R"({"RoleDetailList": [], "IsTruncated": true})",
       {"IsTruncated: TruncatedExport: the export is truncated, and what "
        "is missing could deny: get the rest of it, too, and write all of it "
        "into one export"}},
      {"an export that says where to go on",
       R"({"RoleDetailList": [], "NextToken": "eyJNYXJrZXIi"})",
       {"NextToken: TruncatedExport: the export is truncated, and what is "
        "missing could deny: get the rest of it, too, and write all of it into "
        "one export"}},
      {"a list that is an object",
       R"({"Roles": {}})",
       {"Roles: InvalidMember: expected an array, found an object"}},
  });
}

TEST(Readers, Roles) {
  Check({
      {"a role that is a text",
       R"({"Role": "R"})",
       {"Role: InvalidMember: expected an object, found a string"}},
      {"no ARN",
       R"({"RoleName": "R", "RoleId": "AROAR", "AssumeRolePolicyDocument": TRUST})",
       {": MissingMember: `Arn` is missing"}},
      {"the ARN of a user",
       R"({"RoleName": "R", "Arn": "arn:aws:iam::123456789012:user/R", "RoleId": "AROAR", "AssumeRolePolicyDocument": TRUST, "Path": "/"})",
       {"Arn: InvalidMember: `arn:aws:iam::123456789012:user/R` is not the ARN "
        "of a role"}},
      {"a name that is not the ARN's",
       R"({"RoleName": "S", "Arn": "arn:aws:iam::123456789012:role/R", "RoleId": "AROAR", "AssumeRolePolicyDocument": TRUST})",
       {"RoleName: InvalidMember: `S` disagrees with the ARN, which has `R`"}},
      {"a path that is not the ARN's",
       R"({ROLE, "Path": "/team/"})",
       {"Path: InvalidMember: `/team/` disagrees with the ARN, which has `/`"}},
      {"no trust policy",
       R"({"Role": {"RoleName": "R", "Arn": "arn:aws:iam::123456789012:role/R", "RoleId": "AROAR"}})",
       {"Role.AssumeRolePolicyDocument: MissingMember: a role must have a "
        "trust policy"}},
      {"a misspelled member",
       R"({ROLE, "PermissionBoundary": {}})",
       {": UnknownMember: unknown member `PermissionBoundary`, did you mean "
        "`PermissionsBoundary`?"}},
      {"an unknown member",
       R"({ROLE, "Zebra": 1})",
       {"finding: : UnknownMember: unknown member `Zebra` means nothing here: "
        "Rolegate does not know it, and its name and value are not those of a "
        "policy"}},
      {"unknown members that may limit somebody",
       R"({ROLE, "RequireBinding": "TLS", "Groups": [], "DenyPolicies": 1, "Zebra": {"a": [{"Boundary": 1}]}, "Lion": "{\"Statement\": []}"})",
       {": UnknownMember: unknown member `RequireBinding`",
        ": UnknownMember: unknown member `Groups`",
        ": UnknownMember: unknown member `DenyPolicies`",
        ": UnknownMember: unknown member `Zebra`",
        ": UnknownMember: unknown member `Lion`"}},
      {"an unknown member of a user, a group, a policy and their parts",
       R"([{USER, "Zebra": 1, "Tags": [{"Key": "a", "Value": "b", "Lion": 1}]}])",
       {"finding: [0]: UnknownMember: unknown member `Zebra` means nothing "
        "here: Rolegate does not know it, and its name and value are not those "
        "of a policy",
        "finding: [0].Tags[0]: UnknownMember: unknown member `Lion` means "
        "nothing here: Rolegate does not know it, and its name and value are "
        "not those of a policy"}},
      {"what SDKs wrap around answers",
       R"({"Role": {ROLE}, "$metadata": {"httpStatusCode": 200}, "ResponseMetadata": {}, "ResultMetadata": {}, "@metadata": {}, "$response": {}})",
       {}},
      {"dates of SDKs",
       R"([{ROLE, "CreateDate": 1577836800.0}, {USER, "CreateDate": {"seconds": 1}, "PasswordLastUsed": 1}])",
       {}},
      {"members that AWS has added",
       R"({ROLE, "MaxSigninSessionDuration": 1, "SourceRoleTemplate": {}})",
       {}},
      {"an account of eleven digits",
       R"({"RoleName": "R", "Arn": "arn:aws:iam::12345678901:role/R", "RoleId": "AROAR", "AssumeRolePolicyDocument": TRUST})",
       {"Arn: InvalidMember: `arn:aws:iam::12345678901:role/R` is not the ARN "
        "of a role: an account has twelve digits"}},
      {"settings of a role in an account of eleven digits",
       R"({"RoleSettings": {"Arn": "arn:aws:iam::12345678901:role/R"}})",
       {"RoleSettings.Arn: InvalidMember: `arn:aws:iam::12345678901:role/R` is "
        "not the ARN of a role: an account has twelve digits"}},
      {"an inline policy without a document",
       R"({ROLE, "RolePolicyList": [{"PolicyName": "p"}]})",
       {"RolePolicyList[0].PolicyDocument: MissingMember: `PolicyDocument` is "
        "missing"}},
      {"an inline policy without a name",
       R"({ROLE, "RolePolicyList": [{"PolicyDocument": ALLOW}]})",
       {"RolePolicyList[0]: MissingMember: `PolicyName` is missing"}},
      {"an attached policy without an ARN",
       R"({ROLE, "AttachedManagedPolicies": [{"PolicyName": "p"}]})",
       {"AttachedManagedPolicies[0]: MissingMember: `PolicyArn` is missing"}},
      {"a boundary without an ARN",
       R"({ROLE, "PermissionsBoundary": {}})",
       {"PermissionsBoundary: MissingMember: `PermissionsBoundaryArn` is "
        "missing"}},
      {"a tag twice",
       R"({ROLE, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]})",
       {"Tags[1]: InvalidMember: tag key `A` is given twice; keys ignore "
        "letter case"}},
      {"sessions that are too long",
       R"({ROLE, "MaxSessionDuration": 43201})",
       {"MaxSessionDuration: InvalidMember: expected a whole number from 3600 "
        "to 43200"}},
      {"chained sessions that are too short",
       R"({ROLE, "MaxChainedSessionDuration": 899})",
       {"MaxChainedSessionDuration: InvalidMember: expected a whole number "
        "from 900 to 43200"}},
      {"an unknown binding",
       R"({ROLE, "RequireBoundSessions": "spiffe"})",
       {"RequireBoundSessions: InvalidMember: `spiffe` is neither `SPIFFE` nor "
        "`CERTIFICATE`"}},
  });
}

TEST(Readers, Users) {
  Check({
      {"a group that is no text",
       R"({USER, "GroupList": [1]})",
       {"GroupList: InvalidMember: expected the names of groups"}},
      {"a device without a serial number",
       R"({USER, "MFADevices": [{"SeedFile": "u.seed"}]})",
       {"MFADevices[0]: MissingMember: `SerialNumber` is missing"}},
      {"a serial number that is too short",
       R"({USER, "MFADevices": [{"SerialNumber": "short", "SeedFile": "u.seed"}]})",
       {"MFADevices[0].SerialNumber: InvalidMember: expected 9 to 256 of "
        "letters, digits and `_+=/:,.@-`"}},
      {"a seed file with a path",
       R"({USER, "MFADevices": [{"SerialNumber": "serial-number", "SeedFile": "a/u.seed"}]})",
       {"MFADevices[0].SeedFile: InvalidMember: expected the name of a file in "
        "`mfa.seed_dir`: letters, digits and `_.@+-`, no path and no dot in "
        "front"}},
      {"a device in an account of eleven digits",
       R"({USER, "MFADevices": [{"SerialNumber": "arn:aws:iam::12345678901:mfa/U", "SeedFile": "a"}]})",
       {"MFADevices[0].SerialNumber: InvalidMember: "
        "`arn:aws:iam::12345678901:mfa/U` is not the ARN of a device: an "
        "account has twelve digits"}},
      {"a device twice",
       R"({USER, "MFADevices": [{"SerialNumber": "serial-number", "SeedFile": "a"}, {"SerialNumber": "serial-number", "SeedFile": "b"}]})",
       {"MFADevices[1].SerialNumber: InvalidMember: `serial-number` is given "
        "twice"}},
  });
}

TEST(Readers, Policies) {
  Check({
      {"another name than the ARN's",
       R"({"PolicyName": "Q", "Arn": "arn:aws:iam::123456789012:policy/P", "PolicyDocument": ALLOW})",
       {"Arn: InvalidMember: `arn:aws:iam::123456789012:policy/P` is not the "
        "ARN of a policy named `Q`"}},
      {"no document",
       R"({"PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P"})",
       {"PolicyVersionList: MissingMember: a managed policy must have a "
        "`PolicyDocument`, or a `PolicyVersionList` with the default version's "
        "document: `aws iam get-policy` and `aws iam list-policies` print "
        "none, `aws iam get-account-authorization-details` does"}},
      {"an account of thirteen digits",
       R"({"PolicyName": "P", "Arn": "arn:aws:iam::1234567890123:policy/P", "PolicyDocument": ALLOW})",
       {"Arn: InvalidMember: `arn:aws:iam::1234567890123:policy/P` is not the "
        "ARN of a policy: an account has twelve digits"}},
      {"a resource in an account of eleven digits",
       R"({"ResourceArn": "arn:aws:sqs:eu-west-1:12345678901:q", "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}})",
       {"ResourceArn: InvalidMember: `arn:aws:sqs:eu-west-1:12345678901:q` "
        "names no resource: an account has twelve digits"}},
      {"versions that disagree",
       R"({"PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P", "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": false, "Document": ALLOW}]})",
       {"PolicyVersionList[0].IsDefaultVersion: InvalidMember: disagrees with "
        "`DefaultVersionId`, which is `v1`"}},
      {"a pattern that is no ARN",
       R"({"ResourceArn": "bucket", "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}})",
       {"ResourceArn: InvalidMember: `bucket` is neither an ARN of six parts "
        "nor `*`"}},
      {"a resource policy without a document",
       R"({"ResourceArn": "*"})",
       {"PolicyDocument: MissingMember: `PolicyDocument` is missing"}},
  });
}

TEST(Readers, Organizations) {
  Check({
      {"no id",
       R"({"Organization": {"Root": {"Id": "r-1"}}})",
       {"Organization: MissingMember: `Id` is missing"}},
      {"the id of something else",
       R"({"Organization": {"Id": "x-1", "Root": {"Id": "r-1"}}})",
       {"Organization.Id: InvalidMember: `x-1` is not the id of an "
        "organization, which begins with `o-`"}},
      {"what describe-organization prints",
       R"({"Organization": {"Id": "o-1", "Arn": "a", "FeatureSet": "ALL", "MasterAccountId": "123456789012"}})",
       {"Organization.Root: MissingMember: this is what `aws organizations "
        "describe-organization` prints, which lacks the accounts and their "
        "policies: keep `Id`, and write the tree in `Root`"}},
      {"no root",
       R"({"Organization": {"Id": "o-1"}})",
       {"Organization.Root: MissingMember: `Root` is missing"}},
      {"a root with a unit's id",
       R"({"Organization": {"Id": "o-1", "Root": {"Id": "ou-1"}}})",
       {"Organization.Root.Id: InvalidMember: `ou-1` does not begin with "
        "`r-`"}},
      {"an account of eleven digits",
       R"({"Organization": {"Id": "o-1", "Root": {"Id": "r-1", "Accounts": ["12345678901"]}}})",
       {"Organization.Root.Accounts[0]: InvalidMember: `12345678901` is not an "
        "account: an account has twelve digits"}},
      {"a management account that is none",
       R"({"Organization": {"Id": "o-1", "ManagementAccount": "me", "Root": {"Id": "r-1"}}})",
       {"Organization.ManagementAccount: InvalidMember: `me` is not an "
        "account: an account has twelve digits"}},
  });
}

TEST(Readers, Providers) {
  Check({
      {"no URL",
       R"({"OpenIDConnectProvider": {"Arn": "arn:aws:iam::123456789012:oidc-provider/a.example", "ClientIDList": ["c"]}})",
       {"OpenIDConnectProvider: MissingMember: `Url` is missing"}},
      {"another URL than the ARN's",
       R"({"OpenIDConnectProvider": {"Arn": "arn:aws:iam::123456789012:oidc-provider/a.example", "Url": "b.example", "ClientIDList": ["c"]}})",
       {"OpenIDConnectProvider.Arn: InvalidMember: "
        "`arn:aws:iam::123456789012:oidc-provider/a.example` disagrees with "
        "the URL, which asks for `oidc-provider/b.example`"}},
      {"a URL with a query",
       R"({"OpenIDConnectProvider": {"Arn": "arn:aws:iam::123456789012:oidc-provider/a.example", "Url": "a.example?x", "ClientIDList": ["c"]}})",
       {"OpenIDConnectProvider.Url: InvalidMember: `a.example?x` is not the "
        "URL of an issuer: expected `https://HOST/PATH`, at most 255 "
        "characters",
        "OpenIDConnectProvider.Arn: InvalidMember: "
        "`arn:aws:iam::123456789012:oidc-provider/a.example` disagrees with "
        "the URL, which asks for `oidc-provider/a.example?x`"}},
      {"no audience",
       R"({"OpenIDConnectProvider": {"Arn": "arn:aws:iam::123456789012:oidc-provider/a.example", "Url": "a.example"}})",
       {"OpenIDConnectProvider.ClientIDList: MissingMember: a provider must "
        "name the audiences that its tokens may have"}},
      {"keys and a file of keys",
       R"({"OpenIDConnectProvider": {"Arn": "arn:aws:iam::123456789012:oidc-provider/a.example", "Url": "a.example", "ClientIDList": ["c"], "Jwks": {}, "JwksFile": "k.json"}})",
       {"OpenIDConnectProvider.Jwks: InvalidMember: expected one of `Jwks` "
        "and `JwksFile`, found both"}},
      {"a file outside of the registry",
       R"({"OpenIDConnectProvider": {"Arn": "arn:aws:iam::123456789012:oidc-provider/a.example", "Url": "a.example", "ClientIDList": ["c"], "JwksFile": "../k.json"}})",
       {"OpenIDConnectProvider.JwksFile: InvalidMember: `../k.json` is no path "
        "in the registry: no part may be empty or begin with a dot"}},
      {"the ARN of another kind of provider",
       R"({"SAMLProvider": {"Arn": "arn:aws:iam::123456789012:oidc-provider/a.example", "SAMLMetadataDocument": "<x/>"}})",
       {"SAMLProvider.Arn: InvalidMember: "
        "`arn:aws:iam::123456789012:oidc-provider/a.example` is not the ARN of "
        "a SAML provider"}},
      {"a provider in an account of eleven digits",
       R"({"SAMLProvider": {"Arn": "arn:aws:iam::12345678901:saml-provider/C", "SAMLMetadataDocument": "<x/>"}})",
       {"SAMLProvider.Arn: InvalidMember: "
        "`arn:aws:iam::12345678901:saml-provider/C` is not the ARN of a SAML "
        "provider: an account has twelve digits"}},
      {"members that AWS has added",
       R"({"SAMLProvider": {"Arn": "arn:aws:iam::123456789012:saml-provider/C", "SAMLMetadataDocument": "<x/>", "ContextProvider": {}, "SAMLKeyHashes": [], "AssertionEncryptionMode": "Allowed", "PrivateKeyList": [], "IdentityCenterInstanceArn": "", "IdentityStoreArn": ""}})",
       {}},
      {"no metadata",
       R"({"SAMLProvider": {"Arn": "arn:aws:iam::123456789012:saml-provider/Corp"}})",
       {"SAMLProvider.SAMLMetadataDocument: MissingMember: a SAML provider "
        "must have either `SAMLMetadataDocument` or `SAMLMetadataFile`"}},
  });
}

TEST(Readers, Revocations) {
  Check({
      {"nothing named",
       R"({"RevokedSessions": [{}]})",
       {"RevokedSessions[0]: InvalidMember: expected exactly one of "
        "`AccessKeyId`, `SourceIdentity` and `RoleArn`"}},
      {"two things named",
       R"({"RevokedSessions": [{"AccessKeyId": "RGSAAAAAAAAAAAAAAAAA", "SourceIdentity": "alice"}]})",
       {"RevokedSessions[0]: InvalidMember: expected exactly one of "
        "`AccessKeyId`, `SourceIdentity` and `RoleArn`"}},
      {"a role without a time",
       R"({"RevokedSessions": [{"RoleArn": "arn:aws:iam::123456789012:role/R"}]})",
       {"RevokedSessions[0].IssuedBefore: InvalidMember: expected `RoleArn` "
        "and "
        "`IssuedBefore` together, found one of them"}},
      {"an access key of AWS",
       R"({"RevokedSessions": [{"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}]})",
       {"RevokedSessions[0].AccessKeyId: InvalidMember: `AKIAIOSFODNN7EXAMPLE` "
        "names no session: expected RGSA and 16 of [A-Z2-7]"}},
      {"the ARN of a user",
       R"({"RevokedSessions": [{"RoleArn": "arn:aws:iam::123456789012:user/U", "IssuedBefore": "2026-01-01T00:00:00Z"}]})",
       {"RevokedSessions[0].RoleArn: InvalidMember: "
        "`arn:aws:iam::123456789012:user/U` is not the ARN of a role"}},
      {"a role in an account of eleven digits",
       R"({"RevokedSessions": [{"RoleArn": "arn:aws:iam::12345678901:role/R", "IssuedBefore": "2026-01-01T00:00:00Z"}]})",
       {"RevokedSessions[0].RoleArn: InvalidMember: "
        "`arn:aws:iam::12345678901:role/R` is not the ARN of a role: an "
        "account has twelve digits"}},
      {"a year for a time",
       R"({"RevokedSessions": [{"RoleArn": "arn:aws:iam::123456789012:role/R", "IssuedBefore": "2026"}]})",
       {"RevokedSessions[0].IssuedBefore: InvalidMember: `2026` is not a date: "
        "expected one as `2026-11-25T10:00:00Z`"}},
  });
}

}  // namespace
}  // namespace rolegate
