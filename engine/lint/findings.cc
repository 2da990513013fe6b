#include "engine/lint/findings.h"

#include <cstddef>
#include <iterator>

namespace rolegate {
namespace {

using enum Finding;
using enum Severity;

constexpr FindingInfo kFindings[] = {
    // The document.
    {kMissingVersion, "MissingVersion", kSuggestion,
     "a policy without `Version` is of the language of 2008; say "
     "`2012-10-17`"},
    {kOldVersion, "OldVersion", kSuggestion,
     "the language of 2008 has no policy variables; say `2012-10-17`"},
    {kVariableInOldVersion, "VariableInOldVersion", kWarning,
     "literal text in a policy whose `Version` is not `2012-10-17`"},
    {kPolicyTooLargeForAws, "PolicyTooLargeForAws", kWarning,
     "larger than AWS's quota for such a policy"},
    {kIdWithoutUse, "IdWithoutUse", kSuggestion,
     "only the policies of resources have a use for `Id`"},
    {kEmptySid, "EmptySid", kSuggestion,
     "an empty statement ID names nothing; give one or leave it out"},
    {kDuplicateSid, "DuplicateSid", kWarning,
     "another statement has this ID, so that an explanation names both"},
    {kEmptyCondition, "EmptyCondition", kWarning,
     "has no key, so it limits nothing"},
    {kTrustWithoutAssumeRole, "TrustWithoutAssumeRole", kWarning,
     "no statement allows an action that assumes the role: nobody can"},
    {kLintIncomplete, "LintIncomplete", kSecurityWarning,
     "not looked at as a whole, for that takes too much work: findings may be "
     "missing"},
    // Who is named.
    {kTrustOpenToEveryone, "TrustOpenToEveryone", kSecurityWarning,
     "anyone may assume the role: no condition limits who, whence or for "
     "whom"},
    {kResourceOpenToEveryone, "ResourceOpenToEveryone", kSecurityWarning,
     "anyone may use the resource: no condition limits who, whence or for "
     "whom"},
    {kNotPrincipalWithDeny, "NotPrincipalWithDeny", kWarning,
     "denies everybody who is not listed in every form, a role's sessions "
     "and its account, too; use `ArnNotLike` on `aws:PrincipalArn`"},
    {kUniqueIdPrincipal, "UniqueIdPrincipal", kWarning,
     "what is left of a user or role that was deleted; nobody has that "
     "ID again"},
    {kCanonicalUserPrincipal, "CanonicalUserPrincipal", kWarning,
     "matches nobody outside Amazon S3"},
    {kRoleSessionPrincipal, "RoleSessionPrincipal", kSuggestion,
     "means sessions of one name only; name the role, unless that is meant"},
    {kRedundantPrincipal, "RedundantPrincipal", kSuggestion,
     "another principal of the statement covers it"},
    {kMisspelledServicePrincipal, "MisspelledServicePrincipal", kWarning,
     "not the name of a service, and is close to one"},
    {kStatementWithoutPrincipal, "StatementWithoutPrincipal", kWarning,
     "a resource policy's statement without `Principal` never matches"},
    {kServiceTrustWithoutSource, "ServiceTrustWithoutSource", kWarning,
     "the service may assume the role on anyone's behalf (confused "
     "deputy); require `aws:SourceArn`, `aws:SourceAccount` or "
     "`aws:SourceOrgID`"},
    {kServiceAccessWithoutSource, "ServiceAccessWithoutSource",
     kSecurityWarning,
     "the service may use the resource on anyone's behalf (confused "
     "deputy); require `aws:SourceArn`, `aws:SourceAccount` or "
     "`aws:SourceOrgID`"},
    // Federation and trust.
    {kOidcTrustWithoutSubject, "OidcTrustWithoutSubject", kSecurityWarning,
     "every identity of the provider may assume the role; require its "
     "`:sub`"},
    {kOidcTrustWithoutAudience, "OidcTrustWithoutAudience", kWarning,
     "tokens that the provider issued for others are taken, too; require "
     "its `:aud`"},
    {kOidcSubjectTooWide, "OidcSubjectTooWide", kSecurityWarning,
     "lets in subjects of other owners; begin the value with what is yours"},
    {kSamlTrustWithoutAudience, "SamlTrustWithoutAudience", kWarning,
     "assertions that were meant for others are taken, too; require "
     "`SAML:aud`"},
    {kTrustActionDoesNotFitPrincipal, "TrustActionDoesNotFitPrincipal",
     kWarning, "such a principal never asks for that action"},
    {kTrustActionWithWildcard, "TrustActionWithWildcard", kWarning,
     "names more ways to assume the role than are meant; list them"},
    {kTrustNotAction, "TrustNotAction", kWarning,
     "names every way to assume the role but these; list what is meant"},
    {kTrustActionWithoutEffect, "TrustActionWithoutEffect", kWarning,
     "no action that a trust policy decides"},
    // Actions.
    {kActionMatchesNothing, "ActionMatchesNothing", kWarning,
     "can never be the name of an action"},
    {kActionPrefixCase, "ActionPrefixCase", kSuggestion,
     "prefixes of services are written in lower case"},
    {kRedundantAction, "RedundantAction", kSuggestion,
     "another action of the statement covers it"},
    {kRepeatedWildcard, "RepeatedWildcard", kSuggestion,
     "two `*` in a row mean the same as one"},
    {kRcpOfEveryAction, "RcpOfEveryAction", kWarning,
     "AWS takes no resource control policy for every action; name services"},
    // Resources.
    {kShortArn, "ShortArn", kWarning,
     "has fewer than the six parts of an ARN; what it matches differs from "
     "what it says"},
    {kServiceWildcardInArn, "ServiceWildcardInArn", kWarning,
     "names resources of every service"},
    {kArnHeaderCase, "ArnHeaderCase", kWarning,
     "services, regions and accounts in ARNs are in lower case; this never "
     "matches"},
    {kVariableInArnHeader, "VariableInArnHeader", kWarning,
     "policy variables stand for something behind the fifth colon only; "
     "this is literal text"},
    {kWhitespaceInResource, "WhitespaceInResource", kWarning,
     "begins or ends with white space, which no ARN does"},
    {kInvalidAccountInArn, "InvalidAccountInArn", kWarning,
     "the account of an ARN has twelve digits"},
    {kRedundantResource, "RedundantResource", kSuggestion,
     "another resource of the statement covers it"},
    {kActionDoesNotFitResource, "ActionDoesNotFitResource", kWarning,
     "no resource of the statement is of the kind that this action is "
     "asked on"},
    {kBucketNamePrefix, "BucketNamePrefix", kSuggestion,
     "writes to every bucket whose name begins so, whoever owns it; require "
     "`aws:ResourceAccount`"},
    {kWildcardInResourceType, "WildcardInResourceType", kSuggestion,
     "the wildcard stands in the type of the resource and matches other types"},
    {kUnknownPartition, "UnknownPartition", kSuggestion,
     "AWS has no such partition"},
    // What is granted.
    {kAdministratorAccess, "AdministratorAccess", kSecurityWarning,
     "allows every action on every resource"},
    {kAllowWithNotAction, "AllowWithNotAction", kSecurityWarning,
     "allows every action but these, those of services that are yet to "
     "come, too"},
    {kAllowWithNotResource, "AllowWithNotResource", kSecurityWarning,
     "allows every resource but these, those that are yet to come, too"},
    {kPassAnyRole, "PassAnyRole", kSecurityWarning,
     "lets its holder give any role to any service; name the roles, or "
     "require `iam:PassedToService`"},
    {kPassRoleByWildcard, "PassRoleByWildcard", kWarning,
     "covers `iam:PassRole` by a wildcard"},
    {kAssumeAnyRole, "AssumeAnyRole", kSecurityWarning,
     "lets its holder ask for every role; name the roles"},
    {kPermissionsManagement, "PermissionsManagement", kSecurityWarning,
     "lets its holder change what principals may do, its own permissions, "
     "too; name resources, or require a boundary"},
    {kFullAccessToSensitiveService, "FullAccessToSensitiveService",
     kSecurityWarning, "allows everything in a service that guards others"},
    {kDeniesEverything, "DeniesEverything", kWarning,
     "denies every action on every resource, so that nothing is allowed "
     "where it applies"},
    {kAllowNeverReached, "AllowNeverReached", kWarning,
     "a statement without conditions denies all that this one allows"},
    {kCoveredStatement, "CoveredStatement", kSuggestion,
     "another statement of the same effect covers it"},
    // Condition keys and operators.
    {kOperatorCase, "OperatorCase", kSuggestion,
     "not how AWS spells the operator"},
    {kKeyCase, "KeyCase", kSuggestion, "not how AWS spells the key"},
    {kMisspelledKey, "MisspelledKey", kWarning,
     "not a key, and is close to one"},
    {kUnknownKey, "UnknownKey", kWarning,
     "not a key of that name space, so it is never present"},
    {kKeyWithoutPrefix, "KeyWithoutPrefix", kWarning,
     "a condition key has a prefix and a colon"},
    {kKeyAbsentHere, "KeyAbsentHere", kWarning,
     "never present when a role is assumed here"},
    {kKeysDifferInCase, "KeysDifferInCase", kWarning,
     "differs from another key of the operator in letter case only; both "
     "must hold"},
    {kOperatorDoesNotFitKey, "OperatorDoesNotFitKey", kWarning,
     "compares values of another type than the key's"},
    {kArnKeyWithStringOperator, "ArnKeyWithStringOperator", kSuggestion,
     "lets `*` run over the colons of an ARN; `ArnLike` does not"},
    {kSetOperatorOnSingleValuedKey, "SetOperatorOnSingleValuedKey", kWarning,
     "for keys of several values, and this one has one"},
    {kMultiValuedKeyWithoutSetOperator, "MultiValuedKeyWithoutSetOperator",
     kWarning,
     "the key has several values; say `ForAllValues` or `ForAnyValue`"},
    // Keys that are not there.
    {kForAllValuesWithoutNull, "ForAllValuesWithoutNull", kSecurityWarning,
     "allows when the key is not there; add `Null` with `false`, or use "
     "`ForAnyValue`"},
    {kNegatedOperatorAllowsAbsentKey, "NegatedOperatorAllowsAbsentKey",
     kWarning,
     "allows when the key is not there; add `Null` with `false`, unless "
     "that is meant"},
    {kIfExistsAllowsAbsentKey, "IfExistsAllowsAbsentKey", kSecurityWarning,
     "allows when the key is not there, and the key is what limits who may"},
    {kMfaDenyMissesAbsentKey, "MfaDenyMissesAbsentKey", kSecurityWarning,
     "does not deny when the key is not there, as with access keys; use "
     "`BoolIfExists`"},
    {kMfaAllowsAbsentKey, "MfaAllowsAbsentKey", kSecurityWarning,
     "allows when the key is not there, as with access keys; use `Bool`"},
    {kConditionAlwaysTrue, "ConditionAlwaysTrue", kWarning,
     "holds for every request"},
    {kConditionNeverTrue, "ConditionNeverTrue", kWarning,
     "holds for no request"},
    // Condition values.
    {kWildcardIsLiteral, "WildcardIsLiteral", kWarning,
     "the operator compares byte for byte: `*` is no wildcard to it"},
    {kSensitiveKeyMatchesAnything, "SensitiveKeyMatchesAnything",
     kSecurityWarning,
     "lets any value of a key through that is there to limit who may"},
    {kWildcardInSensitiveKey, "WildcardInSensitiveKey", kSecurityWarning,
     "a wildcard lets strangers in whose ID begins alike; list the values"},
    {kPrincipalArnOfAnyAccount, "PrincipalArnOfAnyAccount", kSecurityWarning,
     "matches a principal of that name in any account"},
    {kRequesterChosenKey, "RequesterChosenKey", kSecurityWarning,
     "the requester chooses the value of the key, so it proves nothing"},
    {kEveryAddress, "EveryAddress", kSecurityWarning, "covers every address"},
    {kCidrHostBits, "CidrHostBits", kWarning,
     "has bits beyond its prefix, which are not looked at"},
    {kEqualsAnInstant, "EqualsAnInstant", kWarning,
     "holds for one instant only"},
    {kYearIsEpochSeconds, "YearIsEpochSeconds", kWarning,
     "a number alone is seconds since 1970, not a year"},
    {kNotAnAccount, "NotAnAccount", kWarning,
     "the ID of an account has twelve digits"},
    {kNotAnOrganization, "NotAnOrganization", kWarning,
     "the ID of an organisation begins with `o-`"},
    {kRedundantValue, "RedundantValue", kSuggestion,
     "another value of the list covers it"},
    // Policy variables.
    {kUnterminatedVariable, "UnterminatedVariable", kWarning,
     "`${` without `}` is literal text"},
    {kMisspelledVariable, "MisspelledVariable", kWarning,
     "not a key, and is close to one"},
    {kMultiValuedVariable, "MultiValuedVariable", kWarning,
     "the key may have several values, and stands for nothing then"},
    // The registry as a whole.
    {kRoleReachesAdministrator, "RoleReachesAdministrator", kSecurityWarning,
     "may assume its way to a role that is allowed everything"},
    {kRolePassesAdministrator, "RolePassesAdministrator", kSecurityWarning,
     "may pass a role that is allowed everything to a service, and start "
     "that service"},
    {kRoleChangesItself, "RoleChangesItself", kSecurityWarning,
     "may change its own permissions, and so give itself everything"},
    {kTrustNamesUnknownRole, "TrustNamesUnknownRole", kWarning,
     "not in the registry, which holds roles of that account"},
    {kCrossAccountTrustWithoutCondition, "CrossAccountTrustWithoutCondition",
     kWarning,
     "another account may assume the role on anyone's behalf; require "
     "`sts:ExternalId`, or limit it by `aws:PrincipalOrgID` or "
     "`aws:PrincipalArn`"},
    {kRoleWithoutPermissions, "RoleWithoutPermissions", kSuggestion,
     "has no permission policy, so that its sessions may do nothing by "
     "themselves"},
    {kSamePolicyTwice, "SamePolicyTwice", kSuggestion,
     "has two policies of the same content"},
};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < std::size(kFindings); ++i) {
    if (static_cast<std::size_t>(kFindings[i].finding) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "the table is in the order of the enumeration");

}  // namespace

absl::Span<const FindingInfo> AllFindings() { return kFindings; }

const FindingInfo& InfoOf(Finding finding) {
  return kFindings[static_cast<std::size_t>(finding)];
}

}  // namespace rolegate
