// Findings that no policy has by itself: who may become an administrator, and
// what the registry says of its own.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/lint/findings.h"
#include "engine/lint/lint.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using enum Finding;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;

Diagnostics FindingsOf(const std::vector<std::string>& entities,
                       std::uint64_t max_steps = kMaxRegistryLintSteps) {
  TempDir dir;
  dir.Write("r.json", "[" + absl::StrJoin(entities, ",\n") + "]");
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  EXPECT_TRUE(registry.status().faults.empty())
      << ToString(registry.status().faults[0]);
  return LintRegistry(*registry.snapshot(), max_steps);
}

bool Has(const Diagnostics& findings, Finding finding,
         const std::string& subject = "") {
  for (const Diagnostic& diagnostic : findings) {
    if (diagnostic.code == InfoOf(finding).code &&
        absl::StrContains(diagnostic.message, subject)) {
      return true;
    }
  }
  return false;
}

const char kAccount[] = R"({"AWS": "123456789012"})";

std::string Admin(const std::string& trust) {
  return Role("Admin", trust, Allow("*"));
}

std::string Provider(const std::string& issuer, const std::string& clients) {
  return absl::StrCat(
      R"({"OpenIDConnectProvider": {"Arn":
          "arn:aws:iam::123456789012:oidc-provider/)",
      issuer, R"(", "Url": "https://)", issuer, R"(", "ClientIDList": )",
      clients, "}}");
}

std::string OidcTrust(const std::string& issuer, const std::string& audience,
                      const std::string& op = "StringEquals") {
  return Policy(absl::StrCat(
      R"({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
          "Principal": {"Federated":
          "arn:aws:iam::123456789012:oidc-provider/)",
      issuer, R"("}, "Condition": {")", op, R"(": {")", issuer, R"(:aud": ")",
      audience, R"("}, "StringEqualsIgnoreCase": {")", issuer,
      R"(:sub": "x"}}})"));
}

// Those of one code.
std::vector<std::string> MessagesOf(const Diagnostics& findings,
                                    Finding finding) {
  std::vector<std::string> messages;
  for (const Diagnostic& diagnostic : findings) {
    if (diagnostic.code == InfoOf(finding).code) {
      messages.push_back(diagnostic.message);
    }
  }
  return messages;
}

TEST(RegistryFindings, AreFoundWhereTheyAre) {
  const std::string admin = Admin(Trust(kAccount));
  const struct {
    Finding finding;
    std::vector<std::string> found;
    std::vector<std::string> absent;
  } kCases[] = {
      {kRoleReachesAdministrator,
       {admin, Role("R", Trust(kEc2), Allow("sts:AssumeRole"))},
       {admin, Role("R", Trust(kEc2), Allow("sts:AssumeRole", RoleArn("X")))}},
      {kRolePassesAdministrator,
       {Admin(Trust(R"({"Service": "lambda.amazonaws.com"})")),
        Role("R", Trust(kEc2), Policy(R"({"Effect": "Allow", "Resource": "*",
                 "Action": ["iam:PassRole", "lambda:CreateFunction"]})"))},
       {Admin(Trust(kEc2)),
        Role("R", Trust(kEc2), Policy(R"({"Effect": "Allow", "Resource": "*",
                 "Action": ["iam:PassRole", "lambda:CreateFunction"]})"))}},
      {kRoleChangesItself,
       {Role("R", Trust(kEc2), Allow("iam:PutRolePolicy", RoleArn("*")))},
       {Role("R", Trust(kEc2), Allow("iam:PutRolePolicy", RoleArn("X")))}},
      {kTrustNamesUnknownRole,
       {Role("R", Trust(R"({"AWS": ")" + RoleArn("Gone") + "\"}"),
             Allow("s3:*"))},
       {Role("R", Trust(R"({"AWS": ")" + RoleArn("R") + "\"}"),
             Allow("s3:*"))}},
      {kCrossAccountTrustWithoutCondition,
       {Role("R", Trust(R"({"AWS": "999999999999"})"), Allow("s3:*"))},
       {Role("R", Policy(R"({"Effect": "Allow", "Action": "sts:AssumeRole",
                 "Principal": {"AWS": "999999999999"},
                 "Condition": {"StringEquals": {"sts:ExternalId": "x1"}}})"),
             Allow("s3:*"))}},
      {kUnknownProvider,
       {Role("R", OidcTrust("sso.acme.com", "shop"), Allow("s3:*"))},
       {Provider("sso.acme.com", R"(["shop"])"),
        Role("R", OidcTrust("sso.acme.com", "shop"), Allow("s3:*"))}},
      {kAudienceNotListed,
       {Provider("sso.acme.com", R"(["store"])"),
        Role("R", OidcTrust("sso.acme.com", "shop"), Allow("s3:*"))},
       {Provider("sso.acme.com", R"(["store", "shop"])"),
        Role("R", OidcTrust("sso.acme.com", "shop"), Allow("s3:*"))}},
      {kRoleWithoutPermissions,
       {R"({"RoleName": "R", "Arn": "arn:aws:iam::123456789012:role/R",
            "RoleId": "AROAR", "AssumeRolePolicyDocument": )" +
        Trust(kEc2) + "}"},
       {Role("R", Trust(kEc2), Allow("s3:*"))}},
      {kSamePolicyTwice,
       {R"({"RoleName": "R", "Arn": "arn:aws:iam::123456789012:role/R",
            "RoleId": "AROAR", "AssumeRolePolicyDocument": )" +
        Trust(kEc2) + R"(, "RolePolicyList": [
            {"PolicyName": "a", "PolicyDocument": )" +
        Allow("s3:*") + R"(}, {"PolicyName": "b", "PolicyDocument": )" +
        Allow("s3:*") + "}]}"},
       {Role("R", Trust(kEc2), Allow("s3:*"))}},
  };
  std::set<Finding> tested;
  for (const auto& c : kCases) {
    SCOPED_TRACE(InfoOf(c.finding).code);
    EXPECT_TRUE(Has(FindingsOf(c.found), c.finding));
    EXPECT_FALSE(Has(FindingsOf(c.absent), c.finding));
    tested.insert(c.finding);
  }
  for (const FindingInfo& info : AllFindings()) {
    if (info.finding < kRoleReachesAdministrator) continue;
    EXPECT_TRUE(tested.contains(info.finding)) << info.code;
  }
}

TEST(RegistryFindings, SayWhichRoleIsMeant) {
  const std::string reader =
      R"({"RoleName": "Reader", "Path": "/aws-reserved/team/",
          "Arn": "arn:aws:iam::123456789012:role/aws-reserved/team/Reader",
          "RoleId": "AROAREADER", "AssumeRolePolicyDocument": )" +
      Trust(kEc2) + "}";
  const struct {
    const char* principal;
    const char* says;  // null: no finding
  } kCases[] = {
      {"arn:aws:iam::123456789012:role/Reader",
       "did you mean "
       "`arn:aws:iam::123456789012:role/aws-reserved/team/Reader`"},
      {"arn:aws:iam::123456789012:role/aws-reserved/team/reader",
       "did you mean "
       "`arn:aws:iam::123456789012:role/aws-reserved/team/Reader`"},
      {"arn:aws:iam::123456789012:role/other/Reader", "did you mean"},
      {"arn:aws:sts::123456789012:assumed-role/reader/s1",
       "did you mean `arn:aws:sts::123456789012:assumed-role/Reader/s1`"},
      {"arn:aws:sts::123456789012:assumed-role/Gone/s1", "is not in"},
      {"arn:aws:iam::123456789012:role/Gone", "is not in"},
      {"arn:aws:iam::123456789012:role/aws-reserved/team/Reader", nullptr},
      {"arn:aws:sts::123456789012:assumed-role/Reader/s1", nullptr},
      {"arn:aws:iam::123456789012:user/bob", nullptr},
      {"arn:aws:iam::999999999999:role/Reader", nullptr},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.principal);
    const auto messages = MessagesOf(
        FindingsOf(
            {reader,
             Role("R", Trust(absl::StrCat(R"({"AWS": ")", c.principal, "\"}")),
                  Allow("s3:*"))}),
        kTrustNamesUnknownRole);
    EXPECT_EQ(messages.size(), c.says == nullptr ? 0u : 1u);
    for (const std::string& message : messages) {
      EXPECT_THAT(message, ::testing::HasSubstr(c.says));
    }
  }
}

TEST(RegistryFindings, SayWhichProviderAndAudienceAreMeant) {
  const auto with = [](const std::string& trust) {
    return FindingsOf({Provider("sso.acme.com/", R"(["store", "shop-web"])"),
                       Role("R", trust, Allow("s3:*"))});
  };
  EXPECT_THAT(
      MessagesOf(with(OidcTrust("sso.acme.com", "store")), kUnknownProvider),
      ::testing::ElementsAre(::testing::HasSubstr(
          "did you mean "
          "`arn:aws:iam::123456789012:oidc-provider/sso.acme.com/`")));
  EXPECT_THAT(
      MessagesOf(with(OidcTrust("other.acme.com", "store")), kUnknownProvider),
      ::testing::ElementsAre(::testing::Not(::testing::HasSubstr("did you"))));
  EXPECT_THAT(
      MessagesOf(with(OidcTrust("sso.acme.com/", "shop_web")),
                 kAudienceNotListed),
      ::testing::ElementsAre(::testing::HasSubstr("did you mean `shop-web`")));
  for (const std::string& trust :
       {OidcTrust("sso.acme.com/", "store"),
        OidcTrust("sso.acme.com/", "shop-*", "StringLike"),
        OidcTrust("sso.acme.com/", "shop", "StringNotEquals")}) {
    EXPECT_THAT(MessagesOf(with(trust), kAudienceNotListed),
                ::testing::IsEmpty());
    EXPECT_THAT(MessagesOf(with(trust), kUnknownProvider),
                ::testing::IsEmpty());
  }
}

// A positive test limits a trust of another account, and nothing else does.
TEST(RegistryFindings, OnlyAPositiveTestLimitsAnotherAccount) {
  const struct {
    bool found;
    const char* condition;
  } kCases[] = {
      {false, R"("StringEquals": {"sts:ExternalId": "x1"})"},
      {false, R"("StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})"},
      {true, R"("StringNotEquals": {"sts:ExternalId": "x1"})"},
      {true, R"("StringEqualsIfExists": {"sts:ExternalId": "x1"})"},
      {true, R"("ForAllValues:StringEquals": {"sts:ExternalId": "x1"})"},
      {true, R"("Null": {"sts:ExternalId": "false"})"},
      {true, R"("StringLike": {"sts:ExternalId": "*"})"},
      {false, R"("StringLike": {"sts:ExternalId": "shop-*"})"},
      {true, R"("StringEquals": {"saml:aud": "x"})"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.condition);
    EXPECT_EQ(Has(FindingsOf({Role("R",
                                   Policy(absl::StrCat(R"({"Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": "999999999999"}, "Condition": {)",
                                                       c.condition, "}}")),
                                   Allow("s3:*"))}),
                  kCrossAccountTrustWithoutCondition),
              c.found);
  }
}

TEST(RegistryFindings, KeysThatSessionsOfARoleNeverHave) {
  const auto role = [](const std::string& condition) {
    return FindingsOf({Role(
        "R", Trust(kEc2),
        Policy(absl::StrCat(R"({"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "*", "Condition": {)",
                            condition, "}}")))});
  };
  EXPECT_THAT(MessagesOf(role(R"("Bool": {"aws:MultiFactorAuthPresent":
                                 "true"})"),
                         kKeyAbsentHere),
              ::testing::ElementsAre(::testing::HasSubstr(
                  "use the key in the role's trust policy")));
  EXPECT_TRUE(
      Has(role(R"("StringEquals": {"aws:username": "bob"})"), kKeyAbsentHere));
  EXPECT_FALSE(
      Has(role(R"("StringLike": {"aws:userid": "*:bob"})"), kKeyAbsentHere));
}

// Some policy says that the service acts for others, so all must ask for whom.
TEST(RegistryFindings, ServicesThatActForOthersTellForWhom) {
  const auto trust = [](const std::string& service,
                        const std::string& condition) {
    return Policy(absl::StrCat(
        R"({"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": ")",
        service, R"("}, "Condition": {)", condition, "}}"));
  };
  const std::string source =
      R"("StringEquals": {"aws:SourceAccount": "123456789012"})";
  const std::string open =
      Role("Open", trust("checkout.acme.com", ""), Allow("s3:*"));
  EXPECT_FALSE(Has(FindingsOf({open}), kServiceTrustWithoutSource));
  EXPECT_FALSE(Has(
      FindingsOf(
          {open, Role("A", trust("billing.acme.com", source), Allow("s3:*"))}),
      kServiceTrustWithoutSource));
  EXPECT_TRUE(Has(
      FindingsOf(
          {open, Role("A", trust("checkout.acme.com", source), Allow("s3:*"))}),
      kServiceTrustWithoutSource, "checkout.acme.com"));
}

TEST(RegistryFindings, FollowChainsOfRoles) {
  const std::vector<std::string> roles = {
      Admin(Trust(R"({"AWS": ")" + RoleArn("B") + "\"}")),
      Role("B", Trust(R"({"AWS": ")" + RoleArn("C") + "\"}"), Allow("s3:*")),
      Role("C", Trust(kEc2), Allow("s3:*")),
      Role("D", Trust(kEc2), Allow("s3:*"))};
  const Diagnostics findings = FindingsOf(roles);
  EXPECT_TRUE(Has(findings, kRoleReachesAdministrator, RoleArn("B")));
  EXPECT_TRUE(Has(findings, kRoleReachesAdministrator, RoleArn("C")));
  EXPECT_FALSE(Has(findings, kRoleReachesAdministrator, RoleArn("D")));
}

// The engine is asked, so that what limits a decision counts.
TEST(RegistryFindings, BoundariesCount) {
  const std::string boundary =
      R"({"PolicyName": "b", "Arn": "arn:aws:iam::123456789012:policy/b",
          "PolicyDocument": )" +
      Allow("s3:*") + "}";
  const std::string bounded =
      R"(, "PermissionsBoundary": {"PermissionsBoundaryArn":
          "arn:aws:iam::123456789012:policy/b"})";
  EXPECT_FALSE(Has(
      FindingsOf({Admin(Trust(kAccount)), boundary,
                  Role("R", Trust(kEc2), Allow("sts:AssumeRole"), bounded)}),
      kRoleReachesAdministrator));
  EXPECT_FALSE(Has(
      FindingsOf({boundary, Role("R", Trust(kEc2), Allow("iam:*"), bounded)}),
      kRoleChangesItself));
}

// Roles are asked about each other until the steps are exhausted.  What was not
// asked is not taken for "no".
TEST(RegistryFindings, SayThatSomeMayBeMissing) {
  std::vector<std::string> roles = {Admin(Trust(kAccount))};
  for (int i = 0; i < 20; ++i) {
    roles.push_back(
        Role(absl::StrCat("R", i), Trust(kEc2), Allow("sts:AssumeRole")));
  }
  const Diagnostics whole = FindingsOf(roles);
  EXPECT_TRUE(Has(whole, kRoleReachesAdministrator, RoleArn("R19")));
  EXPECT_FALSE(Has(whole, kLintIncomplete));

  const Diagnostics cut_short = FindingsOf(roles, 100'000);
  EXPECT_FALSE(Has(cut_short, kRoleReachesAdministrator, RoleArn("R19")));
  ASSERT_TRUE(Has(cut_short, kLintIncomplete));
  EXPECT_EQ(ToString(cut_short.back()),
            "`the registry`: the linter did not look at all of this, because "
            "that takes too much work; it may lack findings");
  EXPECT_EQ(cut_short.back().severity, Severity::kSecurityWarning);
}

// A policy attached a hundred times is said a hundred times, not five thousand.
TEST(RegistryFindings, NameEachCopyOfAPolicyOnce) {
  std::string policies;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&policies, i == 0 ? "" : ",", R"({"PolicyName": "p)", i,
                    R"(", "PolicyDocument": )", Allow("s3:*"), "}");
  }
  const Diagnostics findings = FindingsOf(
      {R"({"RoleName": "R", "Arn": "arn:aws:iam::123456789012:role/R",
           "RoleId": "AROAR", "AssumeRolePolicyDocument": )" +
       Trust(kEc2) + R"(, "RolePolicyList": [)" + policies + "]}"});
  EXPECT_EQ(std::count_if(findings.begin(), findings.end(),
                          [](const Diagnostic& finding) {
                            return finding.code == "SamePolicyTwice";
                          }),
            99);
}

}  // namespace
}  // namespace rolegate
