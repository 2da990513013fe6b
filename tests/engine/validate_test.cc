// Policy documents of each kind beside all the faults that the rules of their
// kind find.  docs/semantics.md tells of the rules.

#include "engine/policy/validate.h"

#include <string>

#include "engine/policy/parse.h"
#include "gtest/gtest.h"
#include "tests/support/policy_tables.h"

namespace rolegate {
namespace {

// Parses and validates a document of one statement.
std::string FaultsOf(const std::string& statements, PolicyKind kind,
                     const std::string& version = "2012-10-17") {
  const auto json = testing::ParseJson(absl::StrCat(
      R"({"Version": ")", version, R"(", "Statement": [)", statements, "]}"));
  if (json == nullptr) return "";
  Diagnostics diagnostics;
  DocumentFaults faults(*json, "", "", Position(), &diagnostics);
  const PolicyDocument policy = ParsePolicy(json->root(), faults);
  EXPECT_EQ(faults.count(), 0u) << testing::FaultLines(diagnostics);
  ValidatePolicy(policy, kind, faults);
  return testing::FaultLines(diagnostics);
}

struct Case {
  const char* description;
  PolicyKind kind;
  const char* statements;
  const char* faults;  // "" for a document that is valid
};

constexpr Case kElements[] = {
    {"an identity policy has no principal and needs a resource",
     PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Principal": "*", "Action": "s3:*"})", R"(
Statement[0].Principal: a statement of an identity policy must not have `Principal`
Statement[0]: a statement must have `Resource` or `NotResource`
)"},
    {"every statement needs an action", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Resource": "*"})", R"(
Statement[0]: a statement must have `Action` or `NotAction`
)"},
    {"a session policy follows the rules of an identity policy",
     PolicyKind::kSession,
     R"({"Effect": "Deny", "NotAction": "s3:*", "NotResource": "*"})", ""},
    {"a trust policy needs a principal and has no resource", PolicyKind::kTrust,
     R"({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})", R"(
Statement[0]: a statement of a trust policy must have a `Principal`
Statement[0].Resource: a statement of a trust policy must not have `Resource`, its resource is the role
)"},
    {"a trust policy names actions of sts only", PolicyKind::kTrust,
     R"({"Effect": "Allow", "Principal": {"AWS": "111122223333"},
         "Action": ["sts:AssumeRole", "s3:GetObject", "*"]})",
     R"(
Statement[0].Action: action `s3:GetObject` has no place in a trust policy, expected an `sts:` action
Statement[0].Action: action `*` has no place in a trust policy, expected an `sts:` action
)"},
    {"a resource policy may leave out principal and resource",
     PolicyKind::kResource, R"({"Effect": "Allow", "Action": "s3:*"})", ""},
    {"NotPrincipal is for Deny", PolicyKind::kResource,
     R"({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"},
         "Action": "s3:*", "Resource": "*"})",
     R"(
Statement[0].NotPrincipal: `NotPrincipal` cannot be used with `Allow`, list those who are allowed in `Principal`
)"},
    {"a service control policy has no principal", PolicyKind::kScp,
     R"({"Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*",
         "Resource": "*"})",
     R"(
Statement[0].NotPrincipal: a statement of a service control policy must not have `NotPrincipal`
)"},
    {"a resource control policy denies to everyone", PolicyKind::kRcp,
     R"({"Effect": "Allow", "Principal": {"AWS": "*"}, "NotAction": "s3:*",
         "Resource": "*"})",
     R"(
Statement[0].NotAction: a statement of a resource control policy must not have `NotAction`, list the actions in `Action`
Statement[0].Principal: the principal of a resource control policy must be `*`
Statement[0].Effect: a resource control policy can only deny
)"},
    {"RCPFullAWSAccess is the one that allows", PolicyKind::kRcp,
     R"({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})",
     ""},
};

constexpr Case kSids[] = {
    {"letters and digits, each once", PolicyKind::kIdentity,
     R"({"Sid": "a-b", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Twice", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Twice", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "", "Effect": "Allow", "Action": "s3:*", "Resource": "*"})",
     R"(
Statement[0].Sid: statement ID `a-b` must consist of letters and digits only
Statement[2].Sid: statement ID `Twice` is not unique in its policy
)"},
    {"a resource policy's are free", PolicyKind::kResource,
     R"({"Sid": "a b", "Effect": "Allow", "Action": "s3:*"},
        {"Sid": "a b", "Effect": "Allow", "Action": "s3:*"})",
     ""},
};

constexpr Case kNames[] = {
    {"actions", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Resource": "*",
         "Action": ["*", "**", "s3:Get?bject", "s3:", "GetObject", "s3:a:b",
                    ":Get", "s*:Get"]})",
     R"(
Statement[0].Action: action `GetObject` must be prefaced by a service, as in `s3:GetObject`, or be `*`
Statement[0].Action: action `s3:a:b` can contain only one colon
Statement[0].Action: action `:Get` has the invalid service ``, expected letters, digits, `.` and `-`
Statement[0].Action: action `s*:Get` has a wildcard in its service, expected a service as in `s3:*`, or `*` for every action
)"},
    {"resources", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*",
         "Resource": ["*", "arn:aws:s3:::bucket/*", "arn:*:s3:::b", "arn:aws:s3*",
                      "bucket", "arn:AWS:s3:::b", "arn:aws:s3::b",
                      "arn:aws:iam:eu:111122223333:role/r"]})",
     R"(
Statement[0].Resource: resource `bucket` must be in ARN format or `*`
Statement[0].Resource: partition `AWS` is not valid for resource `arn:AWS:s3:::b`, expected one such as `aws`, or `*`
Statement[0].Resource: resource `arn:aws:s3::b` has empty parts and fewer than six, expected `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`
Statement[0].Resource: IAM resource `arn:aws:iam:eu:111122223333:role/r` cannot contain region information, leave the region empty
)"},
    {"a service control policy's short resource ends in a star",
     PolicyKind::kScp,
     R"({"Effect": "Deny", "Action": "s3:*",
         "Resource": ["arn:aws:s3*", "arn:aws:s3"]})",
     R"(
Statement[0].Resource: resource `arn:aws:s3` has fewer than the six parts of an ARN, expected `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`
)"},
    {"principals", PolicyKind::kResource,
     R"({"Effect": "Allow", "Action": "s3:*", "Principal": {
         "AWS": ["*", "111122223333", "arn:aws:iam::111122223333:root",
                 "arn:aws:sts::111122223333:assumed-role/r/s",
                 "AIDAEXAMPLEEXAMPLE", "alice",
                 "arn:aws:iam::111122223333:user/*"],
         "Service": ["ec2.amazonaws.com", "ec2/x"],
         "Federated": ["accounts.google.com",
                       "arn:aws:iam::111122223333:saml-provider/p", "google"],
         "CanonicalUser": ["79a5", ""]}})",
     R"(
Statement[0].Principal: invalid principal `alice`, expected `*`, an account, or the ARN of a user, role, role session, federated user or root user without wildcards
Statement[0].Principal: invalid principal `arn:aws:iam::111122223333:user/*`: a principal has no wildcards, name the account and limit it by a condition `ArnLike` on `aws:PrincipalArn`
Statement[0].Principal: invalid service principal `ec2/x`, expected a name such as `ec2.amazonaws.com`
Statement[0].Principal: invalid federated principal `google`, expected a domain name or the ARN of an identity provider
Statement[0].Principal: the canonical user ID is empty, expected that of an AWS account
)"},
};

template <std::size_t kCount>
void Check(const Case (&cases)[kCount]) {
  for (const Case& c : cases) {
    EXPECT_EQ(FaultsOf(c.statements, c.kind), testing::Row(c.faults))
        << c.description;
  }
}

TEST(ValidatePolicy, ChecksTheElementsOfEachKind) { Check(kElements); }
TEST(ValidatePolicy, ChecksStatementIds) { Check(kSids); }
TEST(ValidatePolicy, ChecksActionsResourcesAndPrincipals) { Check(kNames); }

TEST(ValidatePolicy, WantsResourceControlPoliciesOfTheNewVersion) {
  EXPECT_EQ(FaultsOf(R"({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                         "Resource": "*"})",
                     PolicyKind::kRcp, "2008-10-17"),
            "Version: the version of a resource control policy must be "
            "`2012-10-17`\n");
}

}  // namespace
}  // namespace rolegate
