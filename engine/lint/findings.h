// The table of the linter's findings.
//
// Codes are stable: users filter and suppress by them, and docs/findings.md
// explains each.  The severities are those of IAM Access Analyzer's policy
// validation, which many of the findings follow.
//
// AWS: "IAM Access Analyzer policy check reference", IAM User Guide.

#ifndef ROLEGATE_ENGINE_LINT_FINDINGS_H_
#define ROLEGATE_ENGINE_LINT_FINDINGS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

enum class Finding : std::uint8_t {
  // The document.
  kMissingVersion,
  kOldVersion,
  kVariableInOldVersion,
  kPolicyTooLargeForAws,
  kIdWithoutUse,
  kEmptySid,
  kDuplicateSid,
  kEmptyCondition,
  kTrustWithoutAssumeRole,
  kLintIncomplete,
  // Principals.
  kTrustOpenToEveryone,
  kResourceOpenToEveryone,
  kNotPrincipalWithDeny,
  kUniqueIdPrincipal,
  kCanonicalUserPrincipal,
  kRoleSessionPrincipal,
  kRedundantPrincipal,
  kMisspelledServicePrincipal,
  kStatementWithoutPrincipal,
  kServiceTrustWithoutSource,
  kServiceAccessWithoutSource,
  // Federation and trust.
  kOidcTrustWithoutSubject,
  kOidcTrustWithoutAudience,
  kOidcSubjectTooWide,
  kSamlTrustWithoutAudience,
  kTrustActionDoesNotFitPrincipal,
  kTrustActionWithWildcard,
  kTrustNotAction,
  kTrustActionWithoutEffect,
  // Actions.
  kActionMatchesNothing,
  kActionPrefixCase,
  kRedundantAction,
  kRepeatedWildcard,
  kRcpOfEveryAction,
  // Resources.
  kShortArn,
  kServiceWildcardInArn,
  kArnHeaderCase,
  kVariableInArnHeader,
  kWhitespaceInResource,
  kInvalidAccountInArn,
  kRedundantResource,
  kActionDoesNotFitResource,
  kBucketNamePrefix,
  kWildcardInResourceType,
  kUnknownPartition,
  kNeverMatches,
  // Grants.
  kAdministratorAccess,
  kAllowWithNotAction,
  kAllowWithNotResource,
  kPassAnyRole,
  kPassRoleByWildcard,
  kAssumeAnyRole,
  kPermissionsManagement,
  kFullAccessToSensitiveService,
  kDeniesEverything,
  kAllowNeverReached,
  kCoveredStatement,
  // Condition keys and operators.
  kOperatorCase,
  kKeyCase,
  kMisspelledKey,
  kUnknownKey,
  kKeyWithoutPrefix,
  kKeyAbsentHere,
  kKeysDifferInCase,
  kOperatorDoesNotFitKey,
  kArnKeyWithStringOperator,
  kSetOperatorOnSingleValuedKey,
  kMultiValuedKeyWithoutSetOperator,
  // Keys that are not there.
  kForAllValuesWithoutNull,
  kNegatedOperatorAllowsAbsentKey,
  kIfExistsAllowsAbsentKey,
  kMfaDenyMissesAbsentKey,
  kMfaAllowsAbsentKey,
  kDenyMissesAbsentKey,
  kConditionAlwaysTrue,
  kConditionNeverTrue,
  // Condition values.
  kWildcardIsLiteral,
  kSensitiveKeyMatchesAnything,
  kWildcardInSensitiveKey,
  kPrincipalArnOfAnyAccount,
  kRequesterChosenKey,
  kEveryAddress,
  kCidrHostBits,
  kEqualsAnInstant,
  kYearIsEpochSeconds,
  kNotAnAccount,
  kNotAnOrganization,
  kRedundantValue,
  // Policy variables.
  kUnterminatedVariable,
  kMisspelledVariable,
  kMultiValuedVariable,
  // The registry as a whole.
  kRoleReachesAdministrator,
  kRolePassesAdministrator,
  kRoleChangesItself,
  kTrustNamesUnknownRole,
  kUnknownProvider,
  kAudienceNotListed,
  kCrossAccountTrustWithoutCondition,
  kRoleWithoutPermissions,
  kSamePolicyTwice,
};

struct FindingInfo {
  Finding finding;
  absl::string_view code;
  Severity severity;
  absl::string_view sentence;  // behind the text that it is about
};

// All of them, in the order of the enumeration.
absl::Span<const FindingInfo> AllFindings();

const FindingInfo& InfoOf(Finding finding);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_FINDINGS_H_
