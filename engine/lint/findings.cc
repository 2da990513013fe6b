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
     "a policy without `Version` is in the language of 2008; set `Version` "
     "to `2012-10-17`"},
    {kOldVersion, "OldVersion", kSuggestion,
     "the language of 2008 has no policy variables; set `Version` to "
     "`2012-10-17`"},
    {kVariableInOldVersion, "VariableInOldVersion", kWarning,
     "this is literal text, because `Version` is not `2012-10-17`; set it "
     "for a variable"},
    {kPolicyTooLargeForAws, "PolicyTooLargeForAws", kWarning,
     "the policy is larger than AWS's quota for its kind; split it if AWS "
     "is to take it"},
    {kIdWithoutUse, "IdWithoutUse", kSuggestion,
     "only policies of resources use `Id`; remove it"},
    {kEmptySid, "EmptySid", kSuggestion,
     "an empty statement ID names nothing; give the statement an ID, or "
     "remove `Sid`"},
    {kDuplicateSid, "DuplicateSid", kWarning,
     "another statement has the same ID, so explanations cannot tell them "
     "apart; give each its own"},
    {kEmptyCondition, "EmptyCondition", kWarning,
     "the operator has no condition key, so it limits nothing; add a key, "
     "or remove it"},
    {kTrustWithoutAssumeRole, "TrustWithoutAssumeRole", kWarning,
     "no statement allows an action that assumes the role, so nobody can; "
     "allow `sts:AssumeRole`"},
    {kLintIncomplete, "LintIncomplete", kSecurityWarning,
     "the linter did not look at all of this, because that takes too much "
     "work; it may lack findings"},
    // Principals.
    {kTrustOpenToEveryone, "TrustOpenToEveryone", kSecurityWarning,
     "anyone may assume the role; add a condition on who asks, from where "
     "or on whose behalf"},
    {kResourceOpenToEveryone, "ResourceOpenToEveryone", kSecurityWarning,
     "anyone may use the resource; add a condition on who asks, from where "
     "or on whose behalf"},
    {kNotPrincipalWithDeny, "NotPrincipalWithDeny", kWarning,
     "this denies everybody who is not listed in every form, which includes "
     "a role's sessions and its account; use `ArnNotLike` on "
     "`aws:PrincipalArn`"},
    {kUniqueIdPrincipal, "UniqueIdPrincipal", kWarning,
     "this ID is what remains of a user or role that was deleted, and "
     "nobody gets it again; remove it"},
    {kCanonicalUserPrincipal, "CanonicalUserPrincipal", kWarning,
     "a canonical user matches nobody outside Amazon S3; name an account"},
    {kRoleSessionPrincipal, "RoleSessionPrincipal", kSuggestion,
     "this names only the sessions of this one name; name the role if you "
     "mean all of them"},
    {kRedundantPrincipal, "RedundantPrincipal", kSuggestion,
     "another principal of the statement covers it"},
    {kMisspelledServicePrincipal, "MisspelledServicePrincipal", kWarning,
     "this is not the name of a service, but close to one; check its "
     "spelling"},
    {kStatementWithoutPrincipal, "StatementWithoutPrincipal", kWarning,
     "a statement of a resource policy without `Principal` never matches; "
     "add one"},
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
     "every identity of the provider may assume the role; require the "
     "`:sub` that you mean"},
    {kOidcTrustWithoutAudience, "OidcTrustWithoutAudience", kWarning,
     "the role also accepts tokens that the provider issued for others; "
     "require its `:aud`"},
    {kOidcSubjectTooWide, "OidcSubjectTooWide", kSecurityWarning,
     "this lets in subjects of other owners; begin the value with what is "
     "yours"},
    {kSamlTrustWithoutAudience, "SamlTrustWithoutAudience", kWarning,
     "the role also accepts assertions that were meant for others; require "
     "`SAML:aud`"},
    {kTrustActionDoesNotFitPrincipal, "TrustActionDoesNotFitPrincipal",
     kWarning,
     "such a principal never asks for this action; name the action that it "
     "asks for"},
    {kTrustActionWithWildcard, "TrustActionWithWildcard", kWarning,
     "the wildcard matches more ways to assume the role than you may mean; "
     "list the actions"},
    {kTrustNotAction, "TrustNotAction", kWarning,
     "this matches every way to assume the role but these; list the actions "
     "in `Action`"},
    {kTrustActionWithoutEffect, "TrustActionWithoutEffect", kWarning,
     "no trust policy decides this action; remove it"},
    // Actions.
    {kActionMatchesNothing, "ActionMatchesNothing", kWarning,
     "no action can have such a name; check its spelling"},
    {kActionPrefixCase, "ActionPrefixCase", kSuggestion,
     "write the prefix of a service in lower case"},
    {kRedundantAction, "RedundantAction", kSuggestion,
     "another action of the statement covers it"},
    {kRepeatedWildcard, "RepeatedWildcard", kSuggestion,
     "two `*` in a row mean the same as one"},
    {kRcpOfEveryAction, "RcpOfEveryAction", kWarning,
     "AWS accepts no resource control policy for every action; name services"},
    // Resources.
    {kShortArn, "ShortArn", kWarning,
     "this has fewer than the six parts of an ARN, so it matches more than "
     "it seems to; write all six"},
    {kServiceWildcardInArn, "ServiceWildcardInArn", kWarning,
     "this matches resources of every service; name the service"},
    {kArnHeaderCase, "ArnHeaderCase", kWarning,
     "this never matches, because services, regions and accounts in ARNs "
     "are in lower case"},
    {kVariableInArnHeader, "VariableInArnHeader", kWarning,
     "this is literal text, because policy variables work only after the "
     "fifth colon of an ARN"},
    {kWhitespaceInResource, "WhitespaceInResource", kWarning,
     "this begins or ends with white space, which no ARN does; remove it"},
    {kInvalidAccountInArn, "InvalidAccountInArn", kWarning,
     "the account of an ARN has twelve digits, so this matches none"},
    {kRedundantResource, "RedundantResource", kSuggestion,
     "another resource of the statement covers it"},
    {kActionDoesNotFitResource, "ActionDoesNotFitResource", kWarning,
     "no resource of the statement is of the kind that this action needs; "
     "add one, or remove the action"},
    {kBucketNamePrefix, "BucketNamePrefix", kSuggestion,
     "this allows writing to every bucket whose name begins like that, "
     "whoever owns it; require `aws:ResourceAccount`"},
    {kWildcardInResourceType, "WildcardInResourceType", kSuggestion,
     "the wildcard stands in the type of the resource, so it matches other "
     "types, too"},
    {kUnknownPartition, "UnknownPartition", kSuggestion,
     "AWS has no such partition"},
    {kNeverMatches, "NeverMatches", kWarning,
     "no request ever has this; correct it, or remove it"},
    // Grants.
    {kAdministratorAccess, "AdministratorAccess", kSecurityWarning,
     "this allows every action on every resource; list what is needed"},
    {kAllowWithNotAction, "AllowWithNotAction", kSecurityWarning,
     "this allows every action but these, future ones included; list what "
     "is needed in `Action`"},
    {kAllowWithNotResource, "AllowWithNotResource", kSecurityWarning,
     "this allows every resource but these, future ones included; list what "
     "is needed in `Resource`"},
    {kPassAnyRole, "PassAnyRole", kSecurityWarning,
     "the holder can give any role to any service; name the roles, or "
     "require `iam:PassedToService`"},
    {kPassRoleByWildcard, "PassRoleByWildcard", kWarning,
     "the wildcard covers `iam:PassRole`, too; list the actions"},
    {kAssumeAnyRole, "AssumeAnyRole", kSecurityWarning,
     "the holder can ask for every role; name the roles"},
    {kPermissionsManagement, "PermissionsManagement", kSecurityWarning,
     "the holder can change what principals may do, itself included; name "
     "resources, or require a boundary"},
    {kFullAccessToSensitiveService, "FullAccessToSensitiveService",
     kSecurityWarning,
     "this allows everything in a service that guards others; list the "
     "actions"},
    {kDeniesEverything, "DeniesEverything", kWarning,
     "this denies every action on every resource, so nothing is allowed to "
     "those whom it concerns"},
    {kAllowNeverReached, "AllowNeverReached", kWarning,
     "a statement without conditions denies all that this one allows; "
     "remove one of them"},
    {kCoveredStatement, "CoveredStatement", kSuggestion,
     "another statement of the same effect covers it"},
    // Condition keys and operators.
    {kOperatorCase, "OperatorCase", kSuggestion,
     "AWS spells the operator differently"},
    {kKeyCase, "KeyCase", kSuggestion, "AWS spells the key differently"},
    {kMisspelledKey, "MisspelledKey", kWarning,
     "this is not a condition key, but close to one; check its spelling"},
    {kUnknownKey, "UnknownKey", kWarning,
     "this prefix has no such condition key, so the key is never present; "
     "check its spelling"},
    {kKeyWithoutPrefix, "KeyWithoutPrefix", kWarning,
     "a condition key has a prefix and a colon, as in `aws:SourceIp`"},
    {kKeyAbsentHere, "KeyAbsentHere", kWarning,
     "no request that this statement is about has the key, so the condition "
     "never sees a value; test a key that such requests have"},
    {kKeysDifferInCase, "KeysDifferInCase", kWarning,
     "another key of this operator differs only in letter case, and both "
     "must hold; join their values"},
    {kOperatorDoesNotFitKey, "OperatorDoesNotFitKey", kWarning,
     "the operator compares values of another type than the key's; use one "
     "of the key's type"},
    {kArnKeyWithStringOperator, "ArnKeyWithStringOperator", kSuggestion,
     "`*` runs over the colons of an ARN here; `ArnLike` keeps it within "
     "one part"},
    {kSetOperatorOnSingleValuedKey, "SetOperatorOnSingleValuedKey", kWarning,
     "the key has one value, and set operators are for keys with several; "
     "remove `ForAllValues` or `ForAnyValue`"},
    {kMultiValuedKeyWithoutSetOperator, "MultiValuedKeyWithoutSetOperator",
     kWarning,
     "the key can have several values; add `ForAllValues` or `ForAnyValue`"},
    // Keys that are not there.
    {kForAllValuesWithoutNull, "ForAllValuesWithoutNull", kSecurityWarning,
     "this allows when the key is missing; add `Null` with `false`, or use "
     "`ForAnyValue`"},
    {kNegatedOperatorAllowsAbsentKey, "NegatedOperatorAllowsAbsentKey",
     kWarning,
     "this allows when the key is missing; add `Null` with `false` unless "
     "you mean that"},
    {kIfExistsAllowsAbsentKey, "IfExistsAllowsAbsentKey", kSecurityWarning,
     "this allows when the key is missing, although the key is what limits "
     "access; remove `IfExists`"},
    {kMfaDenyMissesAbsentKey, "MfaDenyMissesAbsentKey", kSecurityWarning,
     "this does not deny when the key is missing, as with access keys; use "
     "`BoolIfExists`"},
    {kMfaAllowsAbsentKey, "MfaAllowsAbsentKey", kSecurityWarning,
     "this allows when the key is missing, as with access keys; use `Bool`"},
    {kDenyMissesAbsentKey, "DenyMissesAbsentKey", kSecurityWarning,
     "this does not deny when the key is missing; add `IfExists`, or deny "
     "the missing key by `Null`"},
    {kConditionAlwaysTrue, "ConditionAlwaysTrue", kWarning,
     "this holds for every request; remove it, or correct its values"},
    {kConditionNeverTrue, "ConditionNeverTrue", kWarning,
     "this holds for no request; correct its values"},
    // Condition values.
    {kWildcardIsLiteral, "WildcardIsLiteral", kWarning,
     "the operator compares byte by byte, so `*` is no wildcard; use "
     "`StringLike` for a pattern"},
    {kSensitiveKeyMatchesAnything, "SensitiveKeyMatchesAnything",
     kSecurityWarning,
     "this lets any value through, although the key is what limits access; "
     "list the values"},
    {kWildcardInSensitiveKey, "WildcardInSensitiveKey", kSecurityWarning,
     "the wildcard lets in strangers whose IDs begin alike; list the values"},
    {kPrincipalArnOfAnyAccount, "PrincipalArnOfAnyAccount", kSecurityWarning,
     "this matches a principal with that name in any account; name the "
     "account"},
    {kRequesterChosenKey, "RequesterChosenKey", kSecurityWarning,
     "whoever asks chooses the value of this key, so it proves nothing; use "
     "another key"},
    {kEveryAddress, "EveryAddress", kSecurityWarning,
     "this covers every address; list the networks that you mean"},
    {kCidrHostBits, "CidrHostBits", kWarning,
     "the address has bits beyond its prefix, which are ignored; set them "
     "to zero"},
    {kEqualsAnInstant, "EqualsAnInstant", kWarning,
     "this holds for one instant only; compare with `DateGreaterThan` or "
     "`DateLessThan`"},
    {kYearIsEpochSeconds, "YearIsEpochSeconds", kWarning,
     "a number alone means seconds since 1970 and not a year; write a date "
     "such as `2026-01-01`"},
    {kNotAnAccount, "NotAnAccount", kWarning,
     "the ID of an account has twelve digits, so this matches none"},
    {kNotAnOrganization, "NotAnOrganization", kWarning,
     "the ID of an organisation begins with `o-`, so this matches none"},
    {kRedundantValue, "RedundantValue", kSuggestion,
     "another value of the list covers it"},
    // Policy variables.
    {kUnterminatedVariable, "UnterminatedVariable", kWarning,
     "`${` without `}` is literal text; close the variable, or write "
     "`${$}{` for the text"},
    {kMisspelledVariable, "MisspelledVariable", kWarning,
     "this is not a condition key, but close to one; check its spelling"},
    {kMultiValuedVariable, "MultiValuedVariable", kWarning,
     "the key can have several values, and then the variable stands for "
     "nothing; use another key"},
    // The registry as a whole.
    {kRoleReachesAdministrator, "RoleReachesAdministrator", kSecurityWarning,
     "this role can assume its way to a role that is allowed everything; "
     "limit which roles it may assume"},
    {kRolePassesAdministrator, "RolePassesAdministrator", kSecurityWarning,
     "this role can pass a role that is allowed everything to a service, "
     "and start that service"},
    {kRoleChangesItself, "RoleChangesItself", kSecurityWarning,
     "this role can change its own permissions, and so give itself "
     "everything; name other resources"},
    {kTrustNamesUnknownRole, "TrustNamesUnknownRole", kWarning,
     "this role is not in the registry, which holds others of its account; "
     "check its name"},
    {kUnknownProvider, "UnknownProvider", kWarning,
     "the registry holds no such identity provider, so nobody comes in by "
     "it; define the provider, or correct its ARN"},
    {kAudienceNotListed, "AudienceNotListed", kWarning,
     "this is not in the provider's `ClientIDList`, so every token for it is "
     "refused; add it there, or correct it"},
    {kCrossAccountTrustWithoutCondition, "CrossAccountTrustWithoutCondition",
     kWarning,
     "another account may assume the role on anyone's behalf; require "
     "`sts:ExternalId`, or limit it by `aws:PrincipalOrgID` or "
     "`aws:PrincipalArn`"},
    {kRoleWithoutPermissions, "RoleWithoutPermissions", kSuggestion,
     "the role has no permission policy, so its sessions can do nothing by "
     "themselves; attach one"},
    {kSamePolicyTwice, "SamePolicyTwice", kSuggestion,
     "two policies have the same content; remove one of them"},
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
