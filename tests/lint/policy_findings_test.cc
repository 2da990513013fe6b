// Every finding about a policy: a document that has it, and one that is nearly
// the same and has it not.

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/lint/findings.h"
#include "engine/lint/lint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/lint/cases.h"
#include "tests/support/paths.h"

namespace rolegate {
namespace {

using enum Finding;

using ::rolegate::testing::CodesOf;

struct FindingCase {
  Finding finding;
  PolicyKind kind;
  const char* found;   // statements, or a document
  const char* absent;  // the same
};

const FindingCase kCases[] = {
    {kMissingVersion, PolicyKind::kIdentity,
     R"({"Statement":[{"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"*"}]})",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
          "Action":"s3:GetObject","Resource":"*"}]})"},
    {kOldVersion, PolicyKind::kIdentity,
     R"({"Version":"2008-10-17","Statement":[{"Effect":"Allow",
          "Action":"s3:GetObject","Resource":"*"}]})",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
          "Action":"s3:GetObject","Resource":"*"}]})"},
    {kVariableInOldVersion, PolicyKind::kIdentity,
     R"({"Version":"2008-10-17","Statement":[{"Effect":"Allow",
          "Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:username}/x"}]})",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
          "Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:username}/x"}]})"},
    {kIdWithoutUse, PolicyKind::kIdentity,
     R"({"Version":"2012-10-17","Id":"x",
          "Statement":[{"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"*"}]})",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
          "Action":"s3:GetObject","Resource":"*"}]})"},
    {kEmptySid, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Sid":"","Action":"s3:GetObject",
          "Resource":"*"})",
     R"({"Effect":"Allow","Sid":"One","Action":"s3:GetObject",
          "Resource":"*"})"},
    {kDuplicateSid, PolicyKind::kResource,
     R"({"Sid":"One","Effect":"Allow",
          "Principal":{"AWS":"111122223333"},"Action":"s3:GetObject",
          "Resource":"*"},{"Sid":"One","Effect":"Allow",
          "Principal":{"AWS":"111122223333"},"Action":"s3:PutObject",
          "Resource":"*"})",
     R"({"Sid":"One","Effect":"Allow",
          "Principal":{"AWS":"111122223333"},"Action":"s3:GetObject",
          "Resource":"*"},{"Sid":"Two","Effect":"Allow",
          "Principal":{"AWS":"111122223333"},"Action":"s3:PutObject",
          "Resource":"*"})"},
    {kEmptyCondition, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}})"},
    {kTrustWithoutAssumeRole, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:TagSession"})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":["sts:AssumeRole","sts:TagSession"]})"},
    {kTrustOpenToEveryone, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"})",
     R"({"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole",
          "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}})"},
    {kResourceOpenToEveryone, PolicyKind::kResource,
     R"({"Effect":"Allow","Principal":{"AWS":"*"},
          "Action":"s3:GetObject","Resource":"*",
          "Condition":{"Bool":{"aws:SecureTransport":"true"}}})",
     R"({"Effect":"Allow","Principal":{"AWS":"*"},
          "Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}})"},
    {kNotPrincipalWithDeny, PolicyKind::kResource,
     R"({"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},
          "Action":"s3:GetObject","Resource":"*"})",
     R"({"Effect":"Deny","Principal":"*","Action":"s3:GetObject",
          "Resource":"*",
          "Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/x"}}})"},
    {kUniqueIdPrincipal, PolicyKind::kResource,
     R"({"Effect":"Allow","Principal":{"AWS":"AIDA1234567890ABCDEF"},
          "Action":"s3:GetObject","Resource":"*"})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"s3:GetObject","Resource":"*"})"},
    {kCanonicalUserPrincipal, PolicyKind::kResource,
     R"({"Effect":"Allow",
          "Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbaced"},
          "Action":"s3:GetObject","Resource":"*"})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"s3:GetObject","Resource":"*"})"},
    {kRoleSessionPrincipal, PolicyKind::kResource,
     R"({"Effect":"Allow",
          "Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/a/b"},
          "Action":"s3:GetObject","Resource":"*"})",
     R"({"Effect":"Allow",
          "Principal":{"AWS":"arn:aws:iam::111122223333:role/a"},
          "Action":"s3:GetObject","Resource":"*"})"},
    {kRedundantPrincipal, PolicyKind::kResource,
     R"({"Effect":"Allow","Principal":{"AWS":["111122223333",
          "arn:aws:iam::111122223333:root"]},"Action":"s3:GetObject",
          "Resource":"*"})",
     R"({"Effect":"Allow","Principal":{"AWS":["111122223333",
          "444455556666"]},"Action":"s3:GetObject","Resource":"*"})"},
    {kMisspelledServicePrincipal, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.co"},
          "Action":"sts:AssumeRole"})",
     R"({"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},
          "Action":"sts:AssumeRole"})"},
    {kStatementWithoutPrincipal, PolicyKind::kResource,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"s3:GetObject","Resource":"*"})"},
    {kServiceTrustWithoutSource, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
          "Action":"sts:AssumeRole"})",
     R"({"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
          "Action":"sts:AssumeRole",
          "Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}})"},
    {kServiceAccessWithoutSource, PolicyKind::kResource,
     R"({"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
          "Action":"s3:GetObject","Resource":"*"})",
     R"({"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
          "Action":"s3:GetObject","Resource":"*",
          "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:t"}}})"},
    {kOidcTrustWithoutSubject, PolicyKind::kTrust,
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
          "Action":"sts:AssumeRoleWithWebIdentity",
          "Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}})",
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
          "Action":"sts:AssumeRoleWithWebIdentity",
          "Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:me/x:*"}}})"},
    {kOidcTrustWithoutAudience, PolicyKind::kTrust,
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
          "Action":"sts:AssumeRoleWithWebIdentity",
          "Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:me/x:*"}}})",
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
          "Action":"sts:AssumeRoleWithWebIdentity",
          "Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}})"},
    {kOidcSubjectTooWide, PolicyKind::kTrust,
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
          "Action":"sts:AssumeRoleWithWebIdentity",
          "Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}}})",
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
          "Action":"sts:AssumeRoleWithWebIdentity",
          "Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:me/*"}}})"},
    {kSamlTrustWithoutAudience, PolicyKind::kTrust,
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"},
          "Action":"sts:AssumeRoleWithSAML"})",
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"},
          "Action":"sts:AssumeRoleWithSAML",
          "Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}})"},
    {kTrustActionDoesNotFitPrincipal, PolicyKind::kTrust,
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"},
          "Action":"sts:AssumeRole"})",
     R"({"Effect":"Allow",
          "Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"},
          "Action":"sts:AssumeRoleWithSAML"})"},
    {kTrustActionWithWildcard, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:*"})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:AssumeRole"})"},
    {kTrustNotAction, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "NotAction":"sts:AssumeRole"})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:AssumeRole"})"},
    {kTrustActionWithoutEffect, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":["sts:AssumeRole","sts:GetCallerIdentity"]})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:AssumeRole"})"},
    {kActionMatchesNothing, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:Get, Put","Resource":"*"})",
     R"({"Effect":"Allow","Action":"s3:Get*","Resource":"*"})"},
    {kActionPrefixCase, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"S3:GetObject","Resource":"*"})",
     R"({"Effect":"Allow","Action":"s3:getObject","Resource":"*"})"},
    {kRedundantAction, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":["s3:GetObject","s3:Get*"],
          "Resource":"*"})",
     R"({"Effect":"Allow","Action":["s3:GetObject","s3:Put*"],
          "Resource":"*"})"},
    {kRepeatedWildcard, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:Get**","Resource":"*"})",
     R"({"Effect":"Allow","Action":"s3:Get*","Resource":"*"})"},
    {kShortArn, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3"})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::*"})"},
    {kServiceWildcardInArn, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:*:*:*:x"})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:*:*:x"})"},
    {kArnHeaderCase, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:S3:::b/x"})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::B/x"})"},
    {kVariableInArnHeader, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":["arn:aws:s3:::${aws:username}/x",
          "arn:aws:sqs:*:${aws:PrincipalAccount}:q"]})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::${aws:username}/x"})"},
    {kWhitespaceInResource, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/x "})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/x y"})"},
    {kInvalidAccountInArn, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"sqs:*",
          "Resource":"arn:aws:sqs:*:12345:q"})",
     R"({"Effect":"Allow","Action":"sqs:*",
          "Resource":"arn:aws:sqs:*:111122223333:q"})"},
    {kRedundantResource, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b/x"]})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::c/x"]})"},
    {kActionDoesNotFitResource, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b"})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]})"},
    {kBucketNamePrefix, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:PutObject",
          "Resource":"arn:aws:s3:::logs-*"})",
     R"({"Effect":"Allow","Action":"s3:PutObject",
          "Resource":"arn:aws:s3:::logs-*",
          "Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}})"},
    {kAdministratorAccess, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"*","Resource":"*"})",
     R"({"Effect":"Allow","Action":"*","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}})"},
    {kAllowWithNotAction, PolicyKind::kIdentity,
     R"({"Effect":"Allow","NotAction":"s3:GetObject","Resource":"*"})",
     R"({"Effect":"Deny","NotAction":"s3:GetObject","Resource":"*"})"},
    {kAllowWithNotResource, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "NotResource":"arn:aws:s3:::b"})",
     R"({"Effect":"Deny","Action":"s3:GetObject",
          "NotResource":"arn:aws:s3:::b"})"},
    {kPassAnyRole, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"*"})",
     R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"*",
          "Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}})"},
    {kPassRoleByWildcard, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"iam:Pass*","Resource":"*"})",
     R"({"Effect":"Allow","Action":"iam:Pass*",
          "Resource":"arn:aws:iam::111122223333:role/app"})"},
    {kAssumeAnyRole, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"})",
     R"({"Effect":"Allow","Action":"sts:AssumeRole",
          "Resource":"arn:aws:iam::111122223333:role/app"})"},
    {kPermissionsManagement, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*"})",
     R"({"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*",
          "Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/b"}}})"},
    {kFullAccessToSensitiveService, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"iam:*","Resource":"*"})",
     R"({"Effect":"Allow","Action":"sqs:*","Resource":"*"})"},
    {kDeniesEverything, PolicyKind::kScp,
     R"({"Effect":"Deny","Action":"*","Resource":"*"})",
     R"({"Effect":"Deny","Action":"*","Resource":"*",
          "Condition":{"Bool":{"aws:SecureTransport":"false"}}})"},
    {kAllowNeverReached, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
          {"Effect":"Deny","Action":"s3:*","Resource":"*"})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
          {"Effect":"Deny","Action":"s3:Put*","Resource":"*"})"},
    {kCoveredStatement, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
          {"Effect":"Allow","Action":"s3:*","Resource":"*"})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
          {"Effect":"Allow","Action":"s3:*","Resource":"*",
          "Condition":{"Bool":{"aws:SecureTransport":"true"}}})"},
    {kOperatorCase, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"stringequals":{"aws:PrincipalTag/a":"b"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}})"},
    {kKeyCase, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:principaltag/a":"b"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalTag/A":"b"}}})"},
    {kMisspelledKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIpp":"10.0.0.0/8"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}})"},
    {kUnknownKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:Weather":"rain"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"shop:Weather":"rain"}}})"},
    {kKeyWithoutPrefix, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"Weather":"rain"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"shop:Weather":"rain"}}})"},
    {kKeyAbsentHere, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:AssumeRole",
          "Condition":{"NumericLessThan":{"sts:DurationSeconds":3600}}})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:AssumeRole",
          "Condition":{"StringEquals":{"sts:RoleSessionName":"x"}}})"},
    {kKeysDifferInCase, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalTag/a":"b",
          "aws:PrincipalTag/A":"c"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalTag/a":"b",
          "aws:PrincipalTag/c":"c"}}})"},
    {kOperatorDoesNotFitKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:SourceIp":"10.0.0.1"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.1"}}})"},
    {kArnKeyWithStringOperator, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}})"},
    {kSetOperatorOnSingleValuedKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"ForAnyValue:StringEquals":{"aws:username":"x"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:username":"x"}}})"},
    {kMultiValuedKeyWithoutSetOperator, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:TagKeys":"x"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"x"}}})"},
    {kForAllValuesWithoutNull, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"ForAllValues:StringEquals":{"shop:Lines":"x"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"ForAllValues:StringEquals":{"shop:Lines":"x"},
          "Null":{"shop:Lines":"false"}}})"},
    {kNegatedOperatorAllowsAbsentKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringNotEquals":{"aws:PrincipalTag/a":"b"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringNotEqualsIfExists":{"aws:PrincipalTag/a":"b"}}})"},
    {kIfExistsAllowsAbsentKey, PolicyKind::kResource,
     R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
          "Resource":"*",
          "Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abc"}}})",
     R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
          "Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}})"},
    {kMfaDenyMissesAbsentKey, PolicyKind::kIdentity,
     R"({"Effect":"Deny","Action":"s3:GetObject","Resource":"*",
          "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}})",
     R"({"Effect":"Deny","Action":"s3:GetObject","Resource":"*",
          "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}})"},
    {kMfaAllowsAbsentKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}})"},
    {kConditionAlwaysTrue, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"Null":{"aws:username":["true","false"]}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"Null":{"aws:username":"false"}}})"},
    {kConditionNeverTrue, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"Null":{"aws:username":"true"},
          "StringEquals":{"aws:username":"x"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"Null":{"aws:username":"false"},
          "StringEquals":{"aws:username":"x"}}})"},
    {kNeverMatches, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"sts:AssumeRole",
          "Resource":"arn:aws:sts::111122223333:assumed-role/R/s"})",
     R"({"Effect":"Allow","Action":"sts:AssumeRole",
          "Resource":"arn:aws:iam::111122223333:role/R"})"},
    {kDenyMissesAbsentKey, PolicyKind::kIdentity,
     R"({"Effect":"Deny","Action":"s3:GetObject","Resource":"*",
          "Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"60"}}})",
     R"({"Effect":"Deny","Action":"s3:GetObject","Resource":"*",
          "Condition":{"NumericGreaterThanIfExists":{
          "aws:MultiFactorAuthAge":"60"}}})"},
    {kWildcardIsLiteral, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:username":"x*"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringLike":{"aws:username":"x*"}}})"},
    {kSensitiveKeyMatchesAnything, PolicyKind::kTrust,
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:AssumeRole",
          "Condition":{"StringLike":{"sts:ExternalId":"*"}}})",
     R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},
          "Action":"sts:AssumeRole",
          "Condition":{"StringLike":{"sts:ExternalId":"shop-*"}}})"},
    {kPrincipalArnOfAnyAccount, PolicyKind::kResource,
     R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
          "Resource":"*",
          "Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}})",
     R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
          "Resource":"*",
          "Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}})"},
    {kRequesterChosenKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringLike":{"aws:referer":"https://me/*"}}})",
     R"({"Effect":"Deny","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringLike":{"aws:referer":"https://me/*"}}})"},
    {kEveryAddress, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}})"},
    {kCidrHostBits, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.1/8"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.1/32"}}})"},
    {kEqualsAnInstant, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"DateEquals":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}})"},
    {kYearIsEpochSeconds, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"DateLessThan":{"aws:CurrentTime":"2030"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01"}}})"},
    {kNotAnAccount, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:ResourceAccount":"1234-5678-9012"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}})"},
    {kNotAnOrganization, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalOrgID":"abc"}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}})"},
    {kRedundantValue, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringLike":{"aws:username":["a*","ab"]}}})",
     R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
          "Condition":{"StringLike":{"aws:username":["a*","b"]}}})"},
    {kUnterminatedVariable, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:username/x"})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:username}/x"})"},
    {kMisspelledVariable, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:usernam}/x"})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:username}/x"})"},
    {kMultiValuedVariable, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:TagKeys}/x"})",
     R"({"Effect":"Allow","Action":"s3:GetObject",
          "Resource":"arn:aws:s3:::b/${aws:userid}/x"})"},
    {kRcpOfEveryAction, PolicyKind::kRcp,
     R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"})",
     R"({"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"})"},
    {kWildcardInResourceType, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"iam:Get*",
         "Resource":"arn:aws:iam::111122223333:r*/x"})",
     R"({"Effect":"Allow","Action":"iam:Get*",
         "Resource":"arn:aws:iam::111122223333:role/*"})"},
    {kUnknownPartition, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:Get*","Resource":"arn:asw:s3:::b/*"})",
     R"({"Effect":"Allow","Action":"s3:Get*",
         "Resource":"arn:aws-cn:s3:::b/*"})"},
    {kWildcardInSensitiveKey, PolicyKind::kIdentity,
     R"({"Effect":"Allow","Action":"s3:Get*","Resource":"*",
         "Condition":{"StringLike":{"aws:ResourceOrgID":"o-12*"}}})",
     R"({"Effect":"Allow","Action":"s3:Get*","Resource":"*",
         "Condition":{"StringEquals":{"aws:ResourceOrgID":"o-123"}}})"},
};

TEST(PolicyFindings, AreFoundWhereTheyAre) {
  for (const FindingCase& c : kCases) {
    const std::string code(InfoOf(c.finding).code);
    SCOPED_TRACE(code);
    EXPECT_THAT(CodesOf(c.found, c.kind), ::testing::Contains(code));
    EXPECT_THAT(CodesOf(c.absent, c.kind),
                ::testing::Not(::testing::Contains(code)));
  }
}

TEST(PolicyFindings, EachHasACase) {
  std::set<Finding> tested = {kPolicyTooLargeForAws,  // below
                              kLintIncomplete};  // hostile_documents_test.cc
  for (const FindingCase& c : kCases) tested.insert(c.finding);
  for (const FindingInfo& info : AllFindings()) {
    if (info.finding >= kRoleReachesAdministrator) continue;  // registry's
    EXPECT_TRUE(tested.contains(info.finding)) << info.code;
  }
}

TEST(PolicyFindings, AreDocumented) {
  std::ifstream file(testing::SourcePath("/docs/findings.md"));
  const std::string page((std::istreambuf_iterator<char>(file)),
                         std::istreambuf_iterator<char>());
  for (const FindingInfo& info : AllFindings()) {
    EXPECT_THAT(page, ::testing::HasSubstr(absl::StrCat(
                          "| `", info.code, "` | ", SeverityName(info.severity),
                          " | ", info.sentence, " |\n")));
  }
}

// The examples of docs/findings.md: code, kind and statement of each line.
TEST(PolicyFindings, ExamplesOfTheDocumentHaveTheirFinding) {
  std::ifstream file(testing::SourcePath("/docs/findings.md"));
  int examples = 0;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    if (cells.size() != 4 || !absl::StartsWith(cells[2], "`{")) continue;
    const std::string statement = cells[2].substr(1, cells[2].size() - 2);
    const std::string code = cells[0].substr(3, cells[0].size() - 4);
    const PolicyKind kind = cells[1] == "trust"      ? PolicyKind::kTrust
                            : cells[1] == "resource" ? PolicyKind::kResource
                                                     : PolicyKind::kIdentity;
    EXPECT_THAT(CodesOf(statement, kind), ::testing::Contains(code)) << line;
    ++examples;
  }
  EXPECT_GE(examples, 12);
}

TEST(PolicyFindings, SizeCountsWithoutWhiteSpace) {
  const std::string statement =
      R"({"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:::)";
  const std::string spaces(20'000, ' ');
  EXPECT_FALSE(
      CodesOf(absl::StrCat(spaces, statement, "\"}"), PolicyKind::kIdentity)
          .contains("PolicyTooLargeForAws"));
  EXPECT_TRUE(CodesOf(absl::StrCat(statement, std::string(20'000, 'x'), "\"}"),
                      PolicyKind::kIdentity)
                  .contains("PolicyTooLargeForAws"));
}

TEST(PolicyFindings, NameTheirPlaceAndText) {
  Diagnostics found;
  CompileOptions options;
  options.inspector = LintPolicy;
  Policy::CompileText(
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\n"
      "  \"Effect\": \"Allow\", \"Resource\": \"*\",\n"
      "  \"Action\": [\"s3:GetObject\",\n"
      "             \"s3:*\"]}]}",
      PolicyKind::kIdentity, {"p", "p.json", ""}, &found, options);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(ToString(found[0]),
            "p.json:3:14 Statement[0].Action: `s3:GetObject`: another action "
            "of the statement covers it");
  EXPECT_EQ(found[0].severity, Severity::kSuggestion);
}

// A hostile document costs a bounded number of steps.
TEST(PolicyFindings, ManyWildcardsEnd) {
  std::string actions;
  for (int i = 0; i < 500; ++i) {
    absl::StrAppend(&actions, i == 0 ? "" : ",", R"("s3:)");
    for (int j = 0; j < 500; ++j) actions += "*a";
    absl::StrAppend(&actions, i, "\"");
  }
  EXPECT_THAT(CodesOf(absl::StrCat(R"({"Effect":"Allow","Action":[)", actions,
                                   R"(],"Resource":"*"})"),
                      PolicyKind::kIdentity),
              ::testing::Contains("PolicyTooLargeForAws"));
}

}  // namespace
}  // namespace rolegate
