// Keys that are never there, values that a key never has, resources that cannot
// be, and Denies that miss an absent key.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/lint/cases.h"

namespace rolegate {
namespace {

using enum Finding;
using ::rolegate::testing::ExpectFindings;
using ::rolegate::testing::LintCase;

constexpr PolicyKind kTrust = PolicyKind::kTrust;
constexpr PolicyKind kIdentity = PolicyKind::kIdentity;
constexpr PolicyKind kResource = PolicyKind::kResource;

const char kEks[] = "oidc.eks.us-east-1.amazonaws.com/id/ABC";
const char kAccount[] = R"({"AWS": "arn:aws:iam::111122223333:root"})";
const char kRole[] = R"({"AWS": "arn:aws:iam::111122223333:role/R"})";
const char kUser[] = R"({"AWS": "arn:aws:iam::111122223333:user/u"})";
const char kService[] = R"({"Service": "lambda.amazonaws.com"})";
const char kSaml[] =
    R"({"Federated": "arn:aws:iam::111122223333:saml-provider/Office"})";

std::string OidcPrincipal(const std::string& issuer) {
  return absl::StrCat(
      R"({"Federated": "arn:aws:iam::111122223333:oidc-provider/)", issuer,
      "\"}");
}

std::string Statement(const std::string& effect, const std::string& principal,
                      const std::string& action, const std::string& condition) {
  return absl::StrCat(R"({"Effect": ")", effect, R"(", "Principal": )",
                      principal, R"(, "Action": ")", action,
                      R"(", "Condition": {)", condition, "}}");
}

std::string Trust(const std::string& principal, const std::string& condition) {
  const bool saml = absl::StrContains(principal, "saml-provider");
  const bool oidc = absl::StrContains(principal, "Federated");
  return Statement("Allow", principal,
                   saml   ? "sts:AssumeRoleWithSAML"
                   : oidc ? "sts:AssumeRoleWithWebIdentity"
                          : "sts:AssumeRole",
                   condition);
}

std::string Oidc(const std::string& condition) {
  return Trust(OidcPrincipal(kEks), condition);
}

std::string Bucket(const std::string& principal, const std::string& condition) {
  std::string text = Statement("Allow", principal, "s3:GetObject", condition);
  text.insert(text.size() - 1, R"(, "Resource": "*")");
  return text;
}

// A statement of an identity policy.
std::string Rule(const std::string& effect, const std::string& action,
                 const std::string& condition,
                 const std::string& resource = "*") {
  return absl::StrCat(R"({"Effect": ")", effect, R"(", "Action": ")", action,
                      R"(", "Resource": ")", resource, R"(", "Condition": {)",
                      condition, "}}");
}

TEST(KeyAbsentHere, NamesKeysThatNobodyOfTheStatementHas) {
  const std::string sub = absl::StrCat(kEks, ":sub");
  const LintCase kCases[] = {
      // Keys of tokens.
      {false, kKeyAbsentHere, kTrust,
       Oidc(absl::StrCat(R"("StringEquals": {")", sub, R"(": "x"})")), ""},
      {false, kKeyAbsentHere, kTrust,
       Oidc(absl::StrCat(R"("StringEquals": {")", kEks, R"(:AUD": "x"})")), ""},
      {true, kKeyAbsentHere, kTrust,
       Oidc(absl::StrCat(R"("StringEquals": {"https://)", sub, R"(": "x"})")),
       "write it without the scheme"},
      {true, kKeyAbsentHere, kTrust,
       Oidc(R"("StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/XYZ:sub":
               "x"})"),
       "have `oidc.eks.us-east-1.amazonaws.com/id/ABC:sub`"},
      {true, kKeyAbsentHere, kTrust,
       Trust(OidcPrincipal("acme.auth0.com/"),
             R"("StringEquals": {"acme.auth0.com:sub": "x"})"),
       "have `acme.auth0.com/:sub`"},
      {false, kKeyAbsentHere, kTrust,
       Trust(OidcPrincipal("acme.auth0.com/"),
             R"("StringEquals": {"acme.auth0.com/:sub": "x"})"),
       ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(OidcPrincipal("acme.auth0.com"),
             R"("StringEquals": {"acme.auth0.com/:sub": "x"})"),
       "have `acme.auth0.com:sub`"},
      {true, kKeyAbsentHere, kTrust,
       Oidc(absl::StrCat(R"("StringEquals": {")", kEks, R"(:iss": "x"})")),
       "becomes no condition key"},
      {true, kKeyAbsentHere, kTrust,
       Oidc(absl::StrCat(R"("StringEquals": {")", kEks, R"(:groups": "x"})")),
       "becomes no condition key"},
      {false, kKeyAbsentHere, kTrust,
       Trust(OidcPrincipal("token.actions.githubusercontent.com"),
             R"("StringEquals": {
                "token.actions.githubusercontent.com:repository": "a/b"})"),
       ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(OidcPrincipal("token.actions.githubusercontent.com"),
             R"("StringEquals": {"githubusercontent.com:sub": "a/b"})"),
       ""},
      {true, kKeyAbsentHere, kTrust,
       Oidc(R"("StringEquals": {"checkout:Tenant": "x"})"), ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(kSaml, absl::StrCat(R"("StringEquals": {")", sub, R"(": "x"})")),
       ""},
      // A session keeps some claims of its token.
      {false, kKeyAbsentHere, kTrust,
       Trust(kRole, absl::StrCat(R"("StringEquals": {")", sub, R"(": "x"})")),
       ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(kService,
             absl::StrCat(R"("StringEquals": {")", sub, R"(": "x"})")),
       ""},
      {false, kKeyAbsentHere, kTrust,
       Trust(kRole, R"("ArnLike": {"ec2:SourceInstanceARN":
                       "arn:aws:ec2:*:*:instance/i-1"})"),
       ""},
      {false, kKeyAbsentHere, kIdentity,
       Rule("Allow", "s3:GetObject",
            R"("StringEquals": {"cognito-identity.amazonaws.com:sub": "x"})"),
       ""},
      {true, kKeyAbsentHere, kIdentity,
       Rule("Allow", "s3:GetObject",
            R"("StringEquals": {
               "token.actions.githubusercontent.com:repository": "a/b"})"),
       "test it in the trust policy"},
      {false, kKeyAbsentHere, kIdentity,
       Rule("Allow", "shop:Buy",
            R"("StringEquals": {"checkout.acme.com:Tenant": "x"})"),
       ""},
      // Kinds of principal.
      {true, kKeyAbsentHere, kTrust,
       Oidc(R"("StringEquals": {"sts:ExternalId": "x1"})"),
       "use `oidc.eks.us-east-1.amazonaws.com/id/ABC:sub`"},
      {true, kKeyAbsentHere, kTrust,
       Oidc(R"("Bool": {"aws:MultiFactorAuthPresent": "true"})"), ":amr`"},
      {true, kKeyAbsentHere, kTrust,
       Oidc(R"("StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})"), ""},
      {true, kKeyAbsentHere, kTrust,
       Oidc(R"("StringEquals": {"aws:PrincipalTag/team": "red"})"),
       "`aws:RequestTag/…`"},
      {false, kKeyAbsentHere, kTrust,
       Oidc(R"("StringEquals": {"aws:RequestTag/team": "red"},
               "StringLike": {"sts:RoleSessionName": "ab*"})"),
       ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(kSaml, R"("StringEquals": {"sts:ExternalId": "x1"})"), ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(kSaml, R"("BoolIfExists": {"aws:MultiFactorAuthPresent":
                       "true"})"),
       ""},
      {false, kKeyAbsentHere, kTrust,
       Trust(kSaml, R"("StringEquals": {"SAML:aud": "https://x/saml"})"), ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(kService,
             R"("StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})"),
       "services never have it; use `aws:SourceOrgID`"},
      {true, kKeyAbsentHere, kResource,
       Bucket(kService, R"("StringEquals": {"aws:PrincipalAccount":
                           "111122223333"})"),
       "use `aws:SourceAccount`"},
      {true, kKeyAbsentHere, kResource,
       Bucket(kService, R"("ArnLike": {"aws:PrincipalArn":
                           "arn:aws:iam::111122223333:role/*"})"),
       "use `aws:SourceArn`"},
      {false, kKeyAbsentHere, kResource,
       Bucket(kService, R"("StringEquals": {"aws:SourceOrgID":
                           "o-a1b2c3d4e5"})"),
       ""},
      {false, kKeyAbsentHere, kTrust,
       Trust(kAccount, R"("StringEquals": {"sts:ExternalId": "x1"},
                          "Bool": {"aws:MultiFactorAuthPresent": "true"})"),
       ""},
      {false, kKeyAbsentHere, kTrust,
       Trust(kUser, R"("Bool": {"aws:MultiFactorAuthPresent": "true"})"), ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(kRole, R"("Bool": {"aws:MultiFactorAuthPresent": "true"})"), ""},
      {true, kKeyAbsentHere, kTrust,
       Trust(kRole, R"("StringEquals": {"aws:username": "bob"})"),
       "`aws:userid`"},
      {true, kKeyAbsentHere, kTrust,
       Trust(kAccount, R"("NumericLessThan": {"sts:DurationSeconds": 3600})"),
       "`MaxSessionDuration`"},
      {true, kKeyAbsentHere, kIdentity,
       Rule("Allow", "s3:GetObject",
            R"("StringEquals": {"aws:PrincipalServiceName": "a.b"})"),
       ""},
      {true, kKeyAbsentHere, kIdentity,
       Rule("Allow", "s3:GetObject",
            R"("StringEquals": {"saml:aud": "https://x"})"),
       ""},
      {false, kKeyAbsentHere, kIdentity,
       Rule("Allow", "s3:GetObject",
            R"("Bool": {"aws:MultiFactorAuthPresent": "true"},
               "StringEquals": {"aws:username": "bob"})"),
       ""},
      {true, kKeyAbsentHere, kIdentity,
       Rule("Allow", "s3:GetObject",
            R"("StringEquals": {"sts:ExternalId": "x1"})"),
       "only requests to assume a role have it"},
      {false, kKeyAbsentHere, kIdentity,
       Rule("Allow", "sts:AssumeRole",
            R"("StringEquals": {"sts:ExternalId": "x1"})"),
       ""},
      {false, kKeyAbsentHere, kIdentity,
       Rule("Deny", "*", R"("StringEquals": {"sts:ExternalId": "x1"})"), ""},
      // Of several principals one is shut out.
      {true, kKeyAbsentHere, kResource,
       Bucket(R"({"AWS": "111122223333", "Service": "logs.amazonaws.com"})",
              R"("StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})"),
       "`logs.amazonaws.com` is shut out by it"},
      {false, kKeyAbsentHere, kResource,
       Bucket(R"({"AWS": "111122223333", "Service": "logs.amazonaws.com"})",
              R"("StringEqualsIfExists": {"aws:PrincipalOrgID":
                 "o-a1b2c3d4e5"})"),
       ""},
      {false, kKeyAbsentHere, kResource,
       Bucket("\"*\"",
              R"("StringEquals": {"aws:PrincipalServiceName": "a.b"})"),
       ""},
      // The ways in which organisations deny.
      {false, kKeyAbsentHere, PolicyKind::kRcp,
       R"({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
           "Resource": "*", "Condition": {
           "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
           "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}})",
       ""},
      {false, kKeyAbsentHere, PolicyKind::kScp,
       Rule("Deny", "*",
            R"("ArnNotLike": {"aws:PrincipalArn":
               "arn:aws:iam::*:role/admin"},
               "BoolIfExists": {"aws:PrincipalIsAWSService": "false",
               "aws:ViaAWSService": "false"})"),
       ""},
  };
  for (const LintCase& c : kCases) ExpectFindings(c);
}

std::string User(const std::string& effect, const std::string& condition) {
  return Rule(effect, "s3:GetObject", condition);
}

TEST(ConditionNeverTrue, NamesValuesThatAKeyNeverHas) {
  const struct {
    bool found;
    const char* key;
    const char* operand;  // "String" or "Arn"
    const char* value;
    const char* says;
  } kCases[] = {
      {true, "aws:PrincipalArn", "Arn",
       "arn:aws:sts::111122223333:assumed-role/Reader/*",
       "`arn:aws:iam::111122223333:role/Reader`"},
      {true, "aws:PrincipalArn", "String",
       "arn:aws:sts::*:assumed-role/Reader/*", "ARN of the session's role"},
      {true, "aws:PrincipalArn", "Arn",
       "arn:aws:iam::111122223333:assumed-role/Reader", ""},
      {true, "aws:PrincipalArn", "Arn", "arn:aws:iam::11112222333:role/R", ""},
      {true, "aws:PrincipalArn", "Arn", "arn:aws:iam::111122223333:group/g",
       ""},
      {true, "aws:PrincipalArn", "String", "111122223333", ""},
      {false, "aws:PrincipalArn", "Arn", "arn:aws:iam::111122223333:role/*",
       ""},
      {false, "aws:PrincipalArn", "Arn", "arn:aws:iam::*:*", ""},
      {false, "aws:PrincipalArn", "Arn", "arn:*:iam::*:role/a/R", ""},
      {false, "aws:PrincipalArn", "Arn",
       "arn:aws:iam::${aws:PrincipalAccount}:user/u", ""},
      {false, "aws:PrincipalArn", "Arn",
       "arn:aws:sts::111122223333:federated-user/*", ""},
      {false, "aws:PrincipalArn", "Arn", "arn:aws:iam::111122223333:root", ""},
      {false, "aws:PrincipalArn", "String", "*:role/R", ""},
      {false, "aws:PrincipalArn", "String", "*", ""},
      {true, "aws:PrincipalOrgPaths", "String", "o-a1/r-b2/ou-c3", "ends with"},
      {true, "aws:PrincipalOrgPaths", "String", "o-a1/r-b2/ou-*/x", ""},
      {true, "aws:ResourceOrgPaths", "String", "ou-c3/", ""},
      {false, "aws:PrincipalOrgPaths", "String", "o-a1/r-b2/ou-c3/", ""},
      {false, "aws:PrincipalOrgPaths", "String", "o-a1/r-b2/ou-c3/*", ""},
      {false, "aws:PrincipalOrgPaths", "String", "o-a1/*", ""},
      {false, "aws:SourceOrgPaths", "String", "o-a1/*/ou-c3*", ""},
      {true, "aws:SourceVpc", "String", "vpce-1a2b3c4d", "`aws:SourceVpce`"},
      {true, "aws:SourceVpce", "String", "vpc-1a2b3c4d", "`aws:SourceVpc`"},
      {false, "aws:SourceVpc", "String", "vpc-1a2b3c4d", ""},
      {false, "aws:SourceVpce", "String", "vpce-1a2b3c4d", ""},
      {true, "aws:PrincipalType", "String", "Role", "`AssumedRole`"},
      {false, "aws:PrincipalType", "String", "AssumedRole", ""},
      {false, "aws:PrincipalType", "String", "*User", ""},
      {true, "aws:userid", "String", "AROAEXAMPLE", "`AROA…:SESSION`"},
      {true, "aws:userid", "String", "arn:aws:iam::111122223333:user/u", ""},
      {false, "aws:userid", "String", "AROAEXAMPLE:*", ""},
      {false, "aws:userid", "String", "AIDAEXAMPLE", ""},
      {true, "aws:username", "String", "arn:aws:iam::111122223333:user/bob",
       "without path"},
      {true, "aws:username", "String", "team/bob", ""},
      {false, "aws:username", "String", "bob@acme.com", ""},
      {false, "aws:username", "String", "b*", ""},
      {true, "aws:SourceIdentity", "String", "bob smith", ""},
      {true, "aws:CalledViaFirst", "String", "cloudformation", "domain name"},
      {false, "aws:CalledViaFirst", "String", "cloudformation.amazonaws.com",
       ""},
      {true, "aws:SourceArn", "String", "111122223333", "an ARN"},
      {false, "aws:SourceArn", "String", "arn:aws:s3:::bucket", ""},
      {false, "aws:SourceArn", "Arn", "arn:aws:*:*:111122223333:*", ""},
      {true, "aws:PrincipalAccount", "String", "acme-*", "twelve digits"},
      {true, "aws:SourceAccount", "String", "1111222233334*", ""},
      {true, "aws:PrincipalOrgID", "String", "o-a1/r-b2/ou-c3/", "OrgPaths"},
      {false, "aws:PrincipalOrgID", "String", "o-a1b2c3d4e5", ""},
      {true, "aws:SecureTransport", "String", "yes", "`true` or `false`"},
  };
  for (const auto& c : kCases) {
    const std::string op = absl::StrCat(
        "\"", absl::EndsWith(c.key, "OrgPaths") ? "ForAnyValue:" : "",
        c.operand, "Like\": {\"", c.key, "\": \"", c.value, "\"}");
    ExpectFindings(
        {c.found, kConditionNeverTrue, kIdentity, User("Allow", op), c.says});
    ExpectFindings(
        {c.found, kConditionNeverTrue, kIdentity, User("Deny", op), c.says});
    const std::string negated = absl::StrCat(
        "\"", absl::EndsWith(c.key, "OrgPaths") ? "ForAllValues:" : "",
        c.operand, "NotLike\": {\"", c.key, "\": \"", c.value, "\"}");
    ExpectFindings({c.found, kConditionAlwaysTrue, kIdentity,
                    User("Deny", negated), c.says});
    // Beside a value that the key can have, it is only needless.
    const std::string both = absl::StrCat(
        "\"", absl::EndsWith(c.key, "OrgPaths") ? "ForAnyValue:" : "",
        c.operand, "LikeIfExists\": {\"", c.key, "\": [\"", c.value, "\"]}");
    ExpectFindings(
        {c.found, kNeverMatches, kIdentity, User("Allow", both), c.says});
  }
}

TEST(ConditionNeverTrue, LooksAtTheRequest) {
  const auto external_id = [](const std::string& id) {
    return Trust(
        kAccount,
        absl::StrCat(R"("StringEquals": {"sts:ExternalId": ")", id, "\"}"));
  };
  const LintCase kCases[] = {
      {true, kConditionNeverTrue, kTrust, external_id("<YOUR-ID>"),
       "2 to 1,224"},
      {true, kConditionNeverTrue, kTrust, external_id("my id"), ""},
      {true, kConditionNeverTrue, kTrust, external_id("x"), ""},
      {true, kConditionNeverTrue, kTrust, external_id("{{ external_id }}"), ""},
      {false, kConditionNeverTrue, kTrust, external_id("YOUR-ID"), ""},
      {false, kConditionNeverTrue, kTrust,
       external_id("arn:aws:x:1/a=b,c@d_e.f"), ""},
      {true, kConditionNeverTrue, kTrust,
       Trust(kAccount, R"("StringEquals": {"sts:RoleSessionName": "a/b"})"),
       ""},
      {false, kConditionNeverTrue, kTrust,
       Trust(kAccount,
             R"("StringLike": {"sts:RoleSessionName": "${aws:username}"})"),
       ""},
      {true, kConditionNeverTrue, kTrust,
       Oidc(absl::StrCat(R"("StringEquals": {")", kEks,
                         R"(:sub": "prod:app"})")),
       "system:serviceaccount:NAMESPACE:NAME"},
      {false, kConditionNeverTrue, kTrust,
       Oidc(absl::StrCat(R"("StringEquals": {")", kEks,
                         R"(:sub": "system:serviceaccount:prod:app"})")),
       ""},
      {false, kConditionNeverTrue, kTrust,
       Oidc(absl::StrCat(R"("Null": {")", kEks, R"(:sub": "false"})")), ""},
      {true, kConditionNeverTrue, kTrust,
       Trust(kRole, R"("Bool": {"aws:PrincipalIsAWSService": "true"})"),
       "about no service"},
      {true, kConditionNeverTrue, kResource,
       Bucket(kService, R"("Bool": {"aws:PrincipalIsAWSService": "false"})"),
       ""},
      {false, kConditionNeverTrue, kResource,
       Bucket("\"*\"", R"("Bool": {"aws:PrincipalIsAWSService": "true"})"), ""},
      {false, kConditionAlwaysTrue, PolicyKind::kScp,
       Rule("Deny", "*",
            R"("BoolIfExists": {"aws:PrincipalIsAWSService": "false"})"),
       ""},
      // The key is absent, which is said already.
      {false, kConditionNeverTrue, kTrust,
       Trust(kService, R"("StringEquals": {"aws:username": "a/b"})"), ""},
      {true, kNeverMatches, kIdentity,
       User("Allow", R"("ArnLike": {"aws:PrincipalArn": [
                     "arn:aws:iam::111122223333:role/R",
                     "arn:aws:sts::111122223333:assumed-role/R/*"]})"),
       ""},
      {false, kConditionNeverTrue, kIdentity,
       User("Allow", R"("ArnLike": {"aws:PrincipalArn": [
                     "arn:aws:iam::111122223333:role/R",
                     "arn:aws:sts::111122223333:assumed-role/R/*"]})"),
       ""},
  };
  for (const LintCase& c : kCases) ExpectFindings(c);
}

TEST(NeverMatches, NamesResourcesThatCannotBe) {
  const struct {
    bool found;
    const char* action;
    const char* resource;
    const char* says;
  } kCases[] = {
      {true, "sts:AssumeRole", "arn:aws:sts::111122223333:assumed-role/X/*",
       "`arn:aws:iam::111122223333:role/X`"},
      {true, "sts:*", "arn:aws:sts::111122223333:assumed-role/X/s", ""},
      {true, "sts:AssumeRole", "arn:aws:iam::111122223333:user/u", "role"},
      {true, "sts:AssumeRole", "arn:aws:iam::111122223333:Reader", ""},
      {true, "iam:PassRole", "arn:aws:iam::111122223333:instance-profile/x",
       ""},
      {false, "sts:AssumeRole", "arn:aws:iam::111122223333:role/X", ""},
      {false, "sts:AssumeRole", "arn:aws:iam::*:role/a/*", ""},
      {false, "sts:AssumeRole", "arn:aws:iam::${aws:PrincipalAccount}:role/X",
       ""},
      {false, "sts:AssumeRole", "arn:*:iam::*:*", ""},
      {false, "sts:AssumeRole", "*", ""},
      {false, "checkout:Buy", "arn:aws:sts::111122223333:assumed-role/X/s", ""},
      {true, "s3:GetObject", "arn:aws:s3:::bucket:*", "no colon"},
      {true, "s3:ListBucket", "arn:aws:s3:::/bucket", ""},
      {true, "s3:GetObject", "arn:aws:s3:us-east-1:111122223333:bucket/*",
       "neither region nor account"},
      {false, "s3:GetObject", "arn:aws:s3:::bucket/a:b", ""},
      {false, "s3:GetObject", "arn:aws:s3:::*", ""},
      {false, "s3:GetObject", "arn:aws:s3:::bucket*", ""},
      {false, "s3:GetObject", "arn:aws:s3:::${aws:username}/*", ""},
      {false, "s3:GetObject",
       "arn:aws:s3:us-east-1:111122223333:accesspoint/x/object/*", ""},
      {true, "iam:GetRole", "arn:aws:iam::xxx:role/X", "twelve digits"},
      {true, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:ACCOUNT_ID:queue", ""},
      {true, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:<account>:queue", ""},
      {true, "sqs:SendMessage", "arn:aws:sqs:<region>:111122223333:queue", ""},
      {true, "checkout:Buy", "arn:aws:checkout:eu:xxx:order/1", ""},
      {false, "sqs:SendMessage", "arn:aws:sqs:*:*:queue", ""},
      {false, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:1111*:queue", ""},
      {false, "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", ""},
      {false, "checkout:Buy", "arn:aws:checkout:eu::order/1", ""},
      {true, "dynamodb:GetItem",
       "arn:aws:dynamodb:eu-west-1:111122223333:table:Orders",
       "`table` is followed by `/`"},
      {true, "lambda:InvokeFunction",
       "arn:aws:lambda:eu-west-1:111122223333:function/f", ""},
      {false, "dynamodb:GetItem",
       "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders", ""},
      {false, "checkout:Buy", "arn:aws:checkout:eu:111122223333:table:1", ""},
  };
  for (const auto& c : kCases) {
    for (const char* effect : {"Allow", "Deny"}) {
      ExpectFindings({c.found, kNeverMatches, kIdentity,
                      Rule(effect, c.action, "", c.resource), c.says});
    }
  }
}

TEST(DenyMissesAbsentKey, NamesDeniesThatARequestWithoutTheKeyEscapes) {
  const std::string age =
      R"("NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"})";
  const std::string plain = R"("Bool": {"aws:SecureTransport": "false"})";
  const LintCase kCases[] = {
      {true, kDenyMissesAbsentKey, kIdentity, Rule("Deny", "*", age),
       "no MFA at all"},
      {true, kDenyMissesAbsentKey, kIdentity,
       Rule("Deny", "*",
            R"("NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "1"})"),
       ""},
      {false, kDenyMissesAbsentKey, kIdentity,
       Rule("Deny", "*",
            R"("NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge":
               "3600"})"),
       ""},
      {false, kDenyMissesAbsentKey, kIdentity,
       Rule("Allow", "s3:GetObject",
            R"("NumericLessThan": {"aws:MultiFactorAuthAge": "3600"})"),
       ""},
      // Another statement denies those who have no key.
      {false, kDenyMissesAbsentKey, kIdentity,
       absl::StrCat(Rule("Deny", "s3:*", age), ",",
                    Rule("Deny", "*",
                         R"("BoolIfExists": {"aws:MultiFactorAuthPresent":
                            "false"})")),
       ""},
      {false, kDenyMissesAbsentKey, kIdentity,
       absl::StrCat(Rule("Deny", "s3:*", age), ",",
                    Rule("Deny", "s3:*",
                         R"("Null": {"aws:MultiFactorAuthAge": "true"})")),
       ""},
      {true, kDenyMissesAbsentKey, kIdentity,
       absl::StrCat(Rule("Deny", "s3:*", age), ",",
                    Rule("Deny", "sqs:*",
                         R"("Null": {"aws:MultiFactorAuthAge": "true"})")),
       ""},
      {true, kDenyMissesAbsentKey, kIdentity, Rule("Deny", "s3:*", plain),
       "AWS always gives this key"},
      {true, kDenyMissesAbsentKey, kResource,
       R"({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
           "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport":
           false}}})",
       ""},
      {false, kDenyMissesAbsentKey, kIdentity,
       Rule("Deny", "s3:*",
            R"("BoolIfExists": {"aws:SecureTransport": "false"})"),
       ""},
      {false, kDenyMissesAbsentKey, kIdentity,
       Rule("Deny", "s3:*", R"("Bool": {"aws:SecureTransport": "true"})"), ""},
      {false, kDenyMissesAbsentKey, kIdentity,
       Rule("Deny", "sts:AssumeRole", plain), ""},
      {false, kDenyMissesAbsentKey, kTrust,
       Statement("Deny", "\"*\"", "sts:AssumeRole", plain), ""},
      // What is meant: sessions that began before a moment.
      {false, kDenyMissesAbsentKey, kIdentity,
       Rule("Deny", "*",
            R"("DateLessThan": {"aws:TokenIssueTime":
               "2026-01-01T00:00:00Z"})"),
       ""},
  };
  for (const LintCase& c : kCases) ExpectFindings(c);
}

TEST(MultiValuedKeyWithoutSetOperator, KnowsClaimsOfSeveralValues) {
  const auto amr = [](const std::string& op) {
    return Trust(R"({"Federated": "cognito-identity.amazonaws.com"})",
                 absl::StrCat("\"", op,
                              R"(": {"cognito-identity.amazonaws.com:amr":
                                 "authenticated"})"));
  };
  const LintCase kCases[] = {
      {true, kMultiValuedKeyWithoutSetOperator, kTrust, amr("StringEquals"),
       ""},
      {true, kMultiValuedKeyWithoutSetOperator, kTrust, amr("StringLike"), ""},
      {false, kMultiValuedKeyWithoutSetOperator, kTrust,
       amr("ForAnyValue:StringLike"), ""},
      {false, kMultiValuedKeyWithoutSetOperator, kIdentity,
       Rule("Allow", "shop:Buy", R"("StringEquals": {"shop:amr": "x"})"), ""},
  };
  for (const LintCase& c : kCases) ExpectFindings(c);
}

}  // namespace
}  // namespace rolegate
