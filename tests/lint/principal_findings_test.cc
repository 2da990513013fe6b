// Who is let in: what limits a principal and what does not, service principals,
// and subjects of identity tokens.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/lint/service_names.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/lint/cases.h"

namespace rolegate {
namespace {

using enum Finding;
using ::rolegate::testing::CodesOf;
using ::rolegate::testing::ExpectFindings;
using ::rolegate::testing::LintCase;
using ::rolegate::testing::LintText;

constexpr PolicyKind kTrust = PolicyKind::kTrust;
constexpr PolicyKind kResource = PolicyKind::kResource;

std::string Trust(const std::string& principal, const std::string& condition,
                  const std::string& action = "sts:AssumeRole") {
  return absl::StrCat(R"({"Effect": "Allow", "Principal": )", principal,
                      R"(, "Action": ")", action, R"(", "Condition": {)",
                      condition, "}}");
}

std::string Oidc(const std::string& issuer, const std::string& condition) {
  return Trust(
      absl::StrCat(R"({"Federated": "arn:aws:iam::111122223333:oidc-provider/)",
                   issuer, "\"}"),
      condition, "sts:AssumeRoleWithWebIdentity");
}

std::string Bucket(const std::string& principal, const std::string& condition) {
  return absl::StrCat(R"({"Effect": "Allow", "Principal": )", principal,
                      R"(, "Action": "s3:GetObject", "Resource": "*",
                          "Condition": {)",
                      condition, "}}");
}

const char kEveryone[] = R"("*")";
const char kGitHub[] = "token.actions.githubusercontent.com";

// Only a positive test of a key that the principal has limits who is let in.
TEST(PrincipalFindings, OnlyAPositiveTestLimits) {
  const std::vector<std::string> limits = {
      R"("StringEquals": {"aws:PrincipalAccount": "999988887777"})",
      R"("StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})",
      R"("ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1/r-b/*"})",
      R"("ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/*"})",
      R"("IpAddress": {"aws:SourceIp": "203.0.113.0/24"})",
      R"("StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"})",
      R"("Bool": {"aws:PrincipalIsAWSService": "true"})",
  };
  for (const std::string& limit : limits) {
    ExpectFindings(
        {false, kTrustOpenToEveryone, kTrust, Trust(kEveryone, limit), ""});
    ExpectFindings({false, kResourceOpenToEveryone, kResource,
                    Bucket(kEveryone, limit), ""});
  }
  const std::vector<std::string> no_limits = {
      R"("StringNotEquals": {"aws:PrincipalAccount": "999988887777"})",
      R"("StringNotEqualsIfExists": {"aws:PrincipalAccount": "999988887777"})",
      R"("StringNotLike": {"aws:PrincipalOrgID": "o-a1*"})",
      R"("StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})",
      R"("ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1/r-b/*"})",
      R"("ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:*"})",
      R"("NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"})",
      R"("IpAddress": {"aws:SourceIp": "0.0.0.0/0"})",
      R"("IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::/0"]})",
      R"("StringLike": {"aws:PrincipalAccount": "*"})",
      R"("ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*"})",
      R"("StringLike": {"aws:PrincipalAccount": "????????????"})",
      R"("StringLike": {"aws:PrincipalOrgID": "o-*"})",
      R"("StringLike": {"aws:SourceVpc": "vpc-*"})",
      R"("ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"})",
      R"("StringEquals": {"aws:PrincipalType": "User"})",
      R"("Bool": {"aws:PrincipalIsAWSService": "false"})",
      R"("Null": {"aws:PrincipalOrgID": "false"})",
      R"("Null": {"aws:PrincipalOrgID": "true"})",
      R"("StringEquals": {"aws:UserAgent": "me"})",
  };
  for (const std::string& none : no_limits) {
    ExpectFindings(
        {true, kTrustOpenToEveryone, kTrust, Trust(kEveryone, none), ""});
    ExpectFindings({true, kResourceOpenToEveryone, kResource,
                    Bucket(kEveryone, none), ""});
  }
}

TEST(PrincipalFindings, GuardsArePositiveTests) {
  const char kEc2[] = R"({"Service": "lambda.amazonaws.com"})";
  const char kSaml[] =
      R"({"Federated": "arn:aws:iam::111122223333:saml-provider/Office"})";
  const char kWithSaml[] = "sts:AssumeRoleWithSAML";
  const std::string pass =
      R"({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
          "Condition": {"OPERATOR": {"iam:PassedToService":
          "ec2.amazonaws.com"}}})";
  const auto with = [&](const std::string& op) {
    std::string text = pass;
    return text.replace(text.find("OPERATOR"), 8, op);
  };
  const LintCase kCases[] = {
      {false, kServiceTrustWithoutSource, kTrust,
       Trust(kEc2, R"("StringEquals": {"aws:SourceAccount": "111122223333"})"),
       ""},
      {false, kServiceTrustWithoutSource, kTrust,
       Trust(kEc2,
             R"("ArnLike": {"aws:SourceArn": "arn:aws:x:r:111122223333:*"})"),
       ""},
      {true, kServiceTrustWithoutSource, kTrust,
       Trust(kEc2,
             R"("StringNotEquals": {"aws:SourceAccount": "111122223333"})"),
       ""},
      {true, kServiceTrustWithoutSource, kTrust,
       Trust(
           kEc2,
           R"("StringEqualsIfExists": {"aws:SourceAccount": "111122223333"})"),
       ""},
      {true, kServiceTrustWithoutSource, kTrust,
       Trust(kEc2, R"("Null": {"aws:SourceAccount": "false"})"), ""},
      {true, kServiceTrustWithoutSource, kTrust,
       Trust(
           kEc2,
           R"("ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:*"})"),
       ""},
      {false, kServiceTrustWithoutSource, kTrust,
       Trust(kEc2, R"("ArnLike": {"aws:SourceArn": "arn:aws:s3:::shop"})"), ""},
      // A service has no account of its own.
      {true, kServiceTrustWithoutSource, kTrust,
       Trust(kEc2, R"("StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})"),
       ""},
      {true, kServiceAccessWithoutSource, kResource,
       Bucket(kEc2,
              R"("StringNotEquals": {"aws:SourceAccount": "111122223333"})"),
       ""},
      {false, kSamlTrustWithoutAudience, kTrust,
       Trust(kSaml, R"("StringEquals": {"SAML:aud": "https://x"})", kWithSaml),
       ""},
      {true, kSamlTrustWithoutAudience, kTrust,
       Trust(kSaml, R"("StringNotEquals": {"SAML:aud": "https://x"})",
             kWithSaml),
       ""},
      {true, kSamlTrustWithoutAudience, kTrust,
       Trust(kSaml, R"("StringEqualsIfExists": {"SAML:aud": "https://x"})",
             kWithSaml),
       ""},
      {false, kPassAnyRole, PolicyKind::kIdentity, with("StringEquals"), ""},
      {false, kPassAnyRole, PolicyKind::kIdentity, with("StringLike"), ""},
      {true, kPassAnyRole, PolicyKind::kIdentity, with("StringNotEquals"), ""},
      {true, kPassAnyRole, PolicyKind::kIdentity, with("StringEqualsIfExists"),
       ""},
  };
  for (const LintCase& c : kCases) ExpectFindings(c);
}

// A service of one's own acts for nobody else, and is no misspelling.
TEST(PrincipalFindings, OnlyServicesOfAwsActForOthers) {
  for (const char* name :
       {"checkout.acme.com", "orders", "amazonaws.acme.com", "s3.acme.internal",
        "lambda.mycompany.io", "awesome.dev", "aws.acme.com"}) {
    const std::string principal = absl::StrCat(R"({"Service": ")", name, "\"}");
    ExpectFindings(
        {false, kServiceTrustWithoutSource, kTrust, Trust(principal, ""), ""});
    ExpectFindings({false, kServiceAccessWithoutSource, kResource,
                    Bucket(principal, ""), ""});
    ExpectFindings(
        {false, kMisspelledServicePrincipal, kTrust, Trust(principal, ""), ""});
  }
  ExpectFindings({true, kServiceTrustWithoutSource, kTrust,
                  Trust(R"({"Service": "lambda.amazonaws.com"})", ""), ""});
  ExpectFindings({true, kServiceAccessWithoutSource, kResource,
                  Bucket(R"({"Service": "logs.amazonaws.com"})", ""), ""});
  ExpectFindings({false, kServiceTrustWithoutSource, kTrust,
                  Trust(R"({"Service": "ec2.amazonaws.com"})", ""), ""});
}

TEST(ServiceNames, AreMisspelledByTheirWholeName) {
  const struct {
    const char* name;
    const char* meant;  // empty: it is right, or nothing comes near
  } kCases[] = {
      {"ecs-task.amazonaws.com", "ecs-tasks.amazonaws.com"},
      {"ecstasks.amazonaws.com", "ecs-tasks.amazonaws.com"},
      {"lamda.amazonaws.com", "lambda.amazonaws.com"},
      {"lambdas.amazonaws.com", "lambda.amazonaws.com"},
      {"code-build.amazonaws.com", "codebuild.amazonaws.com"},
      {"cloudfromation.amazonaws.com", "cloudformation.amazonaws.com"},
      {"event.amazonaws.com", "events.amazonaws.com"},
      {"stepfunctions.amazonaws.com", "states.amazonaws.com"},
      {"eventbridge.amazonaws.com", "events.amazonaws.com"},
      {"delivery.log.amazonaws.com", "delivery.logs.amazonaws.com"},
      {"log.us-east-1.amazonaws.com", "logs.us-east-1.amazonaws.com"},
      {"lamda.amazonaws.com.cn", "lambda.amazonaws.com.cn"},
      {"ec2.amazonaws.co", "ec2.amazonaws.com"},
      {"ec2.amazonws.com", "ec2.amazonaws.com"},
      {"lambda.amazon.com", "lambda.amazonaws.com"},
      {"lambda.aws.amazon.com", "lambda.amazonaws.com"},
      {"EC2.amazonaws.com", "ec2.amazonaws.com"},
      {"ec2.amazonaws.com", ""},
      {"a4b.amazonaws.com", ""},
      {"xray.amazonaws.com", ""},
      {"zocalo.amazonaws.com", ""},
      {"alexa-appkit.amazon.com", ""},
      {"eks.amazonaws.com", ""},
      {"ecs.amazonaws.com", ""},
      {"lexv2.amazonaws.com", ""},
      {"ipam.amazonaws.com", ""},
      {"iam.amazonaws.com", ""},
      {"export.rds.amazonaws.com", ""},
      {"tasks.apprunner.amazonaws.com", ""},
      {"storage-lens.s3.amazonaws.com", ""},
      {"macie2.amazonaws.com", ""},
      {"wafv2.amazonaws.com", ""},
      {"logs.eu-central-1.amazonaws.com", ""},
      {"codedeploy.us-gov-west-1.amazonaws.com", ""},
      {"ec2.amazonaws.com.cn", ""},
      {"ec2.application-autoscaling.amazonaws.com", ""},
      {"s3.data-source.lustre.fsx.amazonaws.com", ""},
      {"pods.eks.amazonaws.com", ""},
      // Perhaps a service that is newer than the list.
      {"quantumledger.amazonaws.com", ""},
      {"xy.amazonaws.com", ""},
      {"checkout.acme.com", ""},
      {"orders", ""},
  };
  for (const auto& c : kCases) {
    StepBudget steps(StepBudget::kUnlimited);
    EXPECT_EQ(MisspelledService(c.name, steps), c.meant) << c.name;
  }
  const Diagnostics findings = LintText(
      Trust(R"({"Service": "ecs-task.amazonaws.com"})",
            R"("StringEquals": {"aws:SourceAccount": "111122223333"})"),
      kTrust);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message,
            "`ecs-task.amazonaws.com`: this is not the name of a service, but "
            "close to one; check its spelling; did you mean "
            "`ecs-tasks.amazonaws.com`");
}

TEST(ServiceNames, AreMisspelledInConditions) {
  const auto rule = [](const std::string& condition) {
    return absl::StrCat(R"({"Effect": "Allow", "Action": "iam:PassRole",
        "Resource": "arn:aws:iam::111122223333:role/R", "Condition": {)",
                        condition, "}}");
  };
  const LintCase kCases[] = {
      {true, kMisspelledServicePrincipal, PolicyKind::kIdentity,
       rule(R"("StringEquals": {"iam:PassedToService":
               "ecs-task.amazonaws.com"})"),
       "`ecs-tasks.amazonaws.com`"},
      {true, kMisspelledServicePrincipal, PolicyKind::kIdentity,
       rule(R"("ForAnyValue:StringEquals": {"aws:CalledVia":
               ["cloudformation.amazonaws.com", "athen.amazonaws.com"]})"),
       "`athena.amazonaws.com`"},
      {false, kMisspelledServicePrincipal, PolicyKind::kIdentity,
       rule(R"("StringEquals": {"iam:PassedToService":
               "ecs-tasks.amazonaws.com"})"),
       ""},
      {false, kMisspelledServicePrincipal, PolicyKind::kIdentity,
       rule(R"("StringEquals": {"shop:Host": "ecs-task.amazonaws.com"})"), ""},
  };
  for (const LintCase& c : kCases) ExpectFindings(c);
}

TEST(OidcFindings, TheSubjectIsLimitedByAPositiveTestOfTheProvidersOwnKey) {
  const std::string sub = absl::StrCat("{\"", kGitHub, ":sub\": \"");
  const std::vector<std::string> limits = {
      absl::StrCat(R"("StringEquals": )", sub, R"(repo:a/b:ref:x"})"),
      absl::StrCat(R"("StringLike": )", sub, R"(repo:a/*"})"),
      absl::StrCat(R"("ForAnyValue:StringLike": )", sub, R"(repo:a/*"})"),
      absl::StrCat(R"("StringEquals": {")", kGitHub,
                   R"(:repository": "acme/shop"})"),
      absl::StrCat(R"("StringLike": {")", kGitHub,
                   R"(:job_workflow_ref": "acme/ci/.github/workflows/x@*"})"),
      R"("StringEquals": {"Token.Actions.GitHubUserContent.com:SUB": "x"})",
  };
  for (const std::string& limit : limits) {
    ExpectFindings(
        {false, kOidcTrustWithoutSubject, kTrust, Oidc(kGitHub, limit), ""});
  }
  const std::vector<std::string> no_limits = {
      absl::StrCat(R"("StringNotLike": )", sub, R"(repo:a/*"})"),
      absl::StrCat(R"("StringNotEquals": )", sub, R"(repo:a/b"})"),
      absl::StrCat(R"("StringLikeIfExists": )", sub, R"(repo:a/*"})"),
      absl::StrCat(R"("ForAllValues:StringLike": )", sub, R"(repo:a/*"})"),
      absl::StrCat(R"("Null": )", sub, R"(false"})"),
      absl::StrCat(R"("StringEquals": {")", kGitHub, R"(:aud": "sts"})"),
      absl::StrCat(R"("StringEquals": {")", kGitHub, R"(:ref": "main"})"),
      absl::StrCat(R"("StringEquals": {"https://)", kGitHub,
                   R"(:sub": "repo:a/b"})"),
      R"("StringEquals": {"gitlab.com:sub": "project_path:a/b"})",
      R"("StringEquals": {"sub": "repo:a/b"})",
  };
  for (const std::string& none : no_limits) {
    ExpectFindings(
        {true, kOidcTrustWithoutSubject, kTrust, Oidc(kGitHub, none), ""});
  }
}

TEST(OidcFindings, SubjectsNameTheirOwner) {
  const char kEks[] = "oidc.eks.us-east-1.amazonaws.com/id/ABC";
  const struct {
    bool too_wide;
    const char* issuer;
    const char* subject;
  } kCases[] = {
      {true, kGitHub, "*"},
      {true, kGitHub, "repo:*"},
      {true, kGitHub, "rep*"},
      {true, kGitHub, "repo:acme*"},
      {true, kGitHub, "repo:acme*:*"},
      {true, kGitHub, "repo:acme*/shop:*"},
      {true, kGitHub, "repo:*/shop:ref:refs/heads/main"},
      {true, kGitHub, "repo:acm?/shop:*"},
      {true, kGitHub, "*:ref:refs/heads/main"},
      {true, kGitHub, "environment:prod:*"},
      {true, kGitHub, "repository_owner:*"},
      {true, kGitHub, "repository_owner:acme*"},
      {false, kGitHub, "repo:acme/*"},
      {false, kGitHub, "repo:acme/shop*"},
      {false, kGitHub, "repo:acme/shop:*"},
      {false, kGitHub, "repo:acme@123/shop@*:ref:*"},
      {false, kGitHub, "repository_owner:acme:*"},
      {false, kGitHub, "environment:*:repository_owner:acme"},
      {false, kGitHub, "job_workflow_ref:acme/ci/.github/workflows/a@*"},
      {true, "token.actions.ghe.acme.com", "repo:*:ref:x"},
      {true, "ghe.acme.com/_services/token", "repo:acme*"},
      {true, "gitlab.com", "project_path:*"},
      {true, "gitlab.com", "project_path:acme*/shop:*"},
      {false, "gitlab.com", "project_path:acme/*:ref_type:branch:ref:main"},
      {true, "gitlab.acme.com", "project_path:*/shop:*"},
      {true, kEks, "system:serviceaccount:*"},
      {true, kEks, "system:serviceaccount:*:app"},
      {true, kEks, "system:serviceaccount:prod*:app"},
      {true, kEks, "system:serviceaccount:prod*"},
      {true, kEks, "system:*"},
      {true, kEks, "*"},
      {false, kEks, "system:serviceaccount:prod:*"},
      {false, kEks, "system:serviceaccount:prod:app-*"},
      {true, "k8s.acme.com", "system:serviceaccount:*"},
      {true, "k8s.acme.com", "system:*"},
      {false, "k8s.acme.com", "system:serviceaccount:prod:*"},
      {true, "app.terraform.io", "organization:*"},
      {true, "app.terraform.io", "organization:acme*:project:*"},
      {false, "app.terraform.io", "organization:acme:project:*:workspace:w:*"},
      {true, "agent.buildkite.com", "organization:*:pipeline:deploy:*"},
      {false, "agent.buildkite.com", "organization:acme:pipeline:*"},
      {true, "oidc.circleci.com/org/1", "org/*/project/2/user/3"},
      {false, "oidc.circleci.com/org/1", "org/1/project/*/user/*"},
      {true, "oidc.vercel.com", "owner:*:project:shop:*"},
      {false, "oidc.vercel.com", "owner:acme:project:*:environment:*"},
      {true, "vstoken.dev.azure.com/1", "sc://*/shop/deploy"},
      {false, "vstoken.dev.azure.com/1", "sc://acme/shop/*"},
      {true, "oidc.spire.acme.com", "spiffe://*/ns/prod/sa/x"},
      {true, "oidc.spire.acme.com", "spiffe://acme.com/ns/*/sa/x"},
      {false, "oidc.spire.acme.com", "spiffe://acme.com/ns/prod/sa/*"},
      {false,
       "api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc",
       "{1234}:*"},
      {false, "demo.app.spacelift.io", "space:*:stack:shop:*"},
      {true, "demo.app.spacelift.io", "*"},
      {true, "sso.acme.com", "*"},
      {true, "sso.acme.com", "user:*"},
      {false, "sso.acme.com", "svc-*"},
      {false, "sso.acme.com", "user:team:*"},
  };
  for (const auto& c : kCases) {
    ExpectFindings(
        {c.too_wide, kOidcSubjectTooWide, kTrust,
         Oidc(c.issuer, absl::StrCat(R"("StringLike": {")", c.issuer,
                                     R"(:sub": ")", c.subject, "\"}")),
         ""});
  }
  // Another clause says whose they are; without a wildcard they are one's own.
  for (
      const char* condition :
      {R"("StringLike": {"token.actions.githubusercontent.com:sub": "*:main"},
           "StringEquals": {"token.actions.githubusercontent.com:repository":
           "acme/shop"})",
       R"("StringEquals": {"token.actions.githubusercontent.com:sub": "*"})",
       R"("StringNotLike": {"token.actions.githubusercontent.com:sub": "*"})"}) {
    ExpectFindings(
        {false, kOidcSubjectTooWide, kTrust, Oidc(kGitHub, condition), ""});
  }
  ExpectFindings(
      {true, kOidcSubjectTooWide, kTrust,
       Oidc(kGitHub,
            R"("StringLike": {"token.actions.githubusercontent.com:repository":
               "*/shop"})"),
       ""});
}

TEST(OidcFindings, AudienceOfEverybodysProviderIsSecurity) {
  const auto severity_of = [](const std::string& provider,
                              const std::string& condition) {
    for (const Diagnostic& found :
         LintText(Trust(absl::StrCat(R"({"Federated": ")", provider, "\"}"),
                        condition, "sts:AssumeRoleWithWebIdentity"),
                  kTrust)) {
      if (found.code == "OidcTrustWithoutAudience") {
        return std::string(SeverityName(found.severity));
      }
    }
    return std::string("none");
  };
  const std::string kCognito = "cognito-identity.amazonaws.com";
  EXPECT_EQ(severity_of(kCognito, ""), "security-warning");
  EXPECT_EQ(severity_of(kCognito,
                        R"("ForAnyValue:StringLike": {
                     "cognito-identity.amazonaws.com:amr": "authenticated"})"),
            "security-warning");
  EXPECT_EQ(severity_of(kCognito,
                        R"("StringNotEquals": {
                           "cognito-identity.amazonaws.com:aud": "r:1"})"),
            "security-warning");
  EXPECT_EQ(severity_of(kCognito,
                        R"("StringLike": {
                           "cognito-identity.amazonaws.com:aud": "*"})"),
            "security-warning");
  EXPECT_EQ(severity_of(kCognito,
                        R"("StringEquals": {
                           "cognito-identity.amazonaws.com:aud": "r:1"})"),
            "none");
  EXPECT_EQ(
      severity_of("arn:aws:iam::111122223333:oidc-provider/sso.acme.com", ""),
      "warning");
}

}  // namespace
}  // namespace rolegate
