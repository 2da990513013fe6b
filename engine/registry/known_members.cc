#include "engine/registry/known_members.h"

#include <algorithm>
#include <cstddef>

#include "engine/text/spelling.h"

namespace rolegate {
namespace {

constexpr std::size_t kNearMissEdits = 2;

// What people and editors may write everywhere.
constexpr absl::string_view kEverywhere[] = {"Description", "$schema"};

// What SDKs wrap around the answers of AWS: those of Python, of JavaScript, of
// Go and of PHP.
constexpr absl::string_view kOfSdks[] = {"ResponseMetadata", "$metadata",
                                         "$response", "ResultMetadata",
                                         "@metadata"};

// The members of each shape are those of AWS's API model.  A test compares
// them with an extract of it, tests/registry/aws_shapes.json.
constexpr absl::string_view kAwsRole[] = {"Path",
                                          "RoleName",
                                          "RoleId",
                                          "Arn",
                                          "CreateDate",
                                          "AssumeRolePolicyDocument",
                                          "Description",
                                          "MaxSessionDuration",
                                          "MaxSigninSessionDuration",
                                          "PermissionsBoundary",
                                          "Tags",
                                          "RoleLastUsed",
                                          "SourceRoleTemplate",
                                          "InstanceProfileList",
                                          "RolePolicyList",
                                          "AttachedManagedPolicies"};
constexpr absl::string_view kOwnRole[] = {"MaxChainedSessionDuration",
                                          "RequireBoundSessions"};
constexpr absl::string_view kAwsUser[] = {"Path",
                                          "UserName",
                                          "UserId",
                                          "Arn",
                                          "CreateDate",
                                          "PasswordLastUsed",
                                          "PermissionsBoundary",
                                          "Tags",
                                          "UserPolicyList",
                                          "GroupList",
                                          "AttachedManagedPolicies"};
constexpr absl::string_view kOwnUser[] = {"MFADevices"};
constexpr absl::string_view kAwsGroup[] = {"Path",
                                           "GroupName",
                                           "GroupId",
                                           "Arn",
                                           "CreateDate",
                                           "GroupPolicyList",
                                           "AttachedManagedPolicies"};
constexpr absl::string_view kAwsManagedPolicy[] = {
    "PolicyName",
    "PolicyId",
    "Arn",
    "Path",
    "DefaultVersionId",
    "AttachmentCount",
    "PermissionsBoundaryUsageCount",
    "IsAttachable",
    "Description",
    "CreateDate",
    "UpdateDate",
    "Tags",
    "PolicyVersionList"};
constexpr absl::string_view kOwnManagedPolicy[] = {"PolicyDocument"};
constexpr absl::string_view kAwsPolicyVersion[] = {
    "Document", "VersionId", "IsDefaultVersion", "CreateDate"};
constexpr absl::string_view kAwsInlinePolicy[] = {"PolicyName",
                                                  "PolicyDocument"};
constexpr absl::string_view kAwsAttachedPolicy[] = {"PolicyName", "PolicyArn"};
constexpr absl::string_view kAwsBoundary[] = {"PermissionsBoundaryType",
                                              "PermissionsBoundaryArn"};
constexpr absl::string_view kAwsTag[] = {"Key", "Value"};
constexpr absl::string_view kAwsOpenIdProvider[] = {"Url",
                                                    "ClientIDList",
                                                    "ThumbprintList",
                                                    "CreateDate",
                                                    "Tags",
                                                    "ContextProvider",
                                                    "IdentityCenterInstanceArn",
                                                    "IdentityStoreArn"};
constexpr absl::string_view kOwnOpenIdProvider[] = {"Arn", "Jwks", "JwksFile"};
constexpr absl::string_view kAwsSamlProvider[] = {"SAMLProviderUUID",
                                                  "SAMLMetadataDocument",
                                                  "ContextProvider",
                                                  "SAMLKeyHashes",
                                                  "CreateDate",
                                                  "ValidUntil",
                                                  "Tags",
                                                  "AssertionEncryptionMode",
                                                  "PrivateKeyList",
                                                  "IdentityCenterInstanceArn",
                                                  "IdentityStoreArn"};
constexpr absl::string_view kOwnSamlProvider[] = {"Arn", "SAMLMetadataFile"};
constexpr absl::string_view kAwsOrganizationPolicy[] = {"PolicySummary",
                                                        "Content"};
constexpr absl::string_view kAwsPolicySummary[] = {
    "Id", "Arn", "Name", "Description", "Type", "AwsManaged"};
constexpr absl::string_view kAwsExport[] = {"UserDetailList", "GroupDetailList",
                                            "RoleDetailList", "Policies",
                                            "IsTruncated",    "Marker"};
constexpr absl::string_view kOwnExport[] = {"NextToken"};
constexpr absl::string_view kAwsRoleList[] = {"Roles", "IsTruncated", "Marker"};
constexpr absl::string_view kOwnRoleList[] = {"NextToken"};
constexpr absl::string_view kAwsRoleAnswer[] = {"Role"};
constexpr absl::string_view kAwsPolicyAnswer[] = {"Policy"};
constexpr absl::string_view kOwnPolicyAnswer[] = {"PolicyVersion"};
constexpr absl::string_view kAwsPolicyVersionAnswer[] = {"PolicyVersion"};
constexpr absl::string_view kOwnPolicyVersionAnswer[] = {"Arn"};
constexpr absl::string_view kAwsRolePolicyAnswer[] = {"RoleName", "PolicyName",
                                                      "PolicyDocument"};
constexpr absl::string_view kOwnRolePolicyAnswer[] = {"RoleArn"};
constexpr absl::string_view kAwsUserPolicyAnswer[] = {"UserName", "PolicyName",
                                                      "PolicyDocument"};
constexpr absl::string_view kOwnUserPolicyAnswer[] = {"UserArn"};
constexpr absl::string_view kAwsGroupPolicyAnswer[] = {
    "GroupName", "PolicyName", "PolicyDocument"};
constexpr absl::string_view kOwnGroupPolicyAnswer[] = {"GroupArn"};
constexpr absl::string_view kAwsBucketPolicyAnswer[] = {"Policy"};
constexpr absl::string_view kOwnBucketPolicyAnswer[] = {
    "ResourceArn", "RevisionId", "PolicyName"};
constexpr absl::string_view kOwnResourcePolicy[] = {"ResourceArn",
                                                    "PolicyDocument"};
constexpr absl::string_view kOwnRoleSettings[] = {"Arn", "MaxSessionDuration",
                                                  "MaxChainedSessionDuration",
                                                  "RequireBoundSessions"};
constexpr absl::string_view kOwnRevocations[] = {"RevokedSessions"};
constexpr absl::string_view kOwnRevocation[] = {
    "AccessKeyId", "SourceIdentity", "RoleArn", "IssuedBefore", "Reason"};
constexpr absl::string_view kOwnMfaDevice[] = {"SerialNumber", "SeedFile"};
constexpr absl::string_view kOwnOrganization[] = {"Id", "ManagementAccount",
                                                  "Root", "Arn", "Name"};
constexpr absl::string_view kOwnOrganizationNode[] = {"Id",
                                                      "Name",
                                                      "Arn",
                                                      "ServiceControlPolicies",
                                                      "Accounts",
                                                      "ResourceControlPolicies",
                                                      "OrganizationalUnits"};
constexpr absl::string_view kOwnOpenIdProviderEntity[] = {
    "OpenIDConnectProvider", "ResponseMetadata"};
constexpr absl::string_view kOwnSamlProviderEntity[] = {"SAMLProvider",
                                                        "ResponseMetadata"};
constexpr absl::string_view kOwnOrganizationEntity[] = {"Organization",
                                                        "ResponseMetadata"};
constexpr absl::string_view kOwnRoleSettingsEntity[] = {"RoleSettings",
                                                        "ResponseMetadata"};

bool Contains(absl::Span<const absl::string_view> names,
              absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

namespace members {

const KnownMembers kRole = {"Role", "iam.Role iam.RoleDetail", kAwsRole,
                            kOwnRole};
const KnownMembers kUser = {"User", "iam.User iam.UserDetail", kAwsUser,
                            kOwnUser};
const KnownMembers kGroup = {
    "Group", "iam.Group iam.GroupDetail", kAwsGroup, {}};
const KnownMembers kManagedPolicy = {"ManagedPolicy",
                                     "iam.Policy iam.ManagedPolicyDetail",
                                     kAwsManagedPolicy, kOwnManagedPolicy};
const KnownMembers kPolicyVersion = {
    "PolicyVersion", "iam.PolicyVersion", kAwsPolicyVersion, {}};
const KnownMembers kInlinePolicy = {
    "InlinePolicy", "iam.PolicyDetail", kAwsInlinePolicy, {}};
const KnownMembers kAttachedPolicy = {
    "AttachedPolicy", "iam.AttachedPolicy", kAwsAttachedPolicy, {}};
const KnownMembers kBoundary = {
    "Boundary", "iam.AttachedPermissionsBoundary", kAwsBoundary, {}};
const KnownMembers kTag = {"Tag", "iam.Tag", kAwsTag, {}};
const KnownMembers kOpenIdProvider = {"OpenIdProvider",
                                      "iam.GetOpenIDConnectProviderResponse",
                                      kAwsOpenIdProvider, kOwnOpenIdProvider};
const KnownMembers kSamlProvider = {"SamlProvider",
                                    "iam.GetSAMLProviderResponse",
                                    kAwsSamlProvider, kOwnSamlProvider};
const KnownMembers kOrganizationPolicy = {
    "OrganizationPolicy", "organizations.Policy", kAwsOrganizationPolicy, {}};
const KnownMembers kPolicySummary = {
    "PolicySummary", "organizations.PolicySummary", kAwsPolicySummary, {}};
const KnownMembers kExport = {"Export",
                              "iam.GetAccountAuthorizationDetailsResponse",
                              kAwsExport, kOwnExport};
const KnownMembers kRoleList = {"RoleList", "iam.ListRolesResponse",
                                kAwsRoleList, kOwnRoleList};
const KnownMembers kRoleAnswer = {
    "RoleAnswer", "iam.GetRoleResponse", kAwsRoleAnswer, {}};
const KnownMembers kPolicyAnswer = {
    "PolicyAnswer",
    "iam.GetPolicyResponse organizations.DescribePolicyResponse",
    kAwsPolicyAnswer, kOwnPolicyAnswer};
const KnownMembers kPolicyVersionAnswer = {
    "PolicyVersionAnswer", "iam.GetPolicyVersionResponse",
    kAwsPolicyVersionAnswer, kOwnPolicyVersionAnswer};
const KnownMembers kRolePolicyAnswer = {
    "RolePolicyAnswer", "iam.GetRolePolicyResponse", kAwsRolePolicyAnswer,
    kOwnRolePolicyAnswer};
const KnownMembers kUserPolicyAnswer = {
    "UserPolicyAnswer", "iam.GetUserPolicyResponse", kAwsUserPolicyAnswer,
    kOwnUserPolicyAnswer};
const KnownMembers kGroupPolicyAnswer = {
    "GroupPolicyAnswer", "iam.GetGroupPolicyResponse", kAwsGroupPolicyAnswer,
    kOwnGroupPolicyAnswer};
const KnownMembers kBucketPolicyAnswer = {
    "BucketPolicyAnswer", "s3.GetBucketPolicyOutput", kAwsBucketPolicyAnswer,
    kOwnBucketPolicyAnswer};
const KnownMembers kResourcePolicy = {
    "ResourcePolicy", "", {}, kOwnResourcePolicy};
const KnownMembers kRoleSettings = {"RoleSettings", "", {}, kOwnRoleSettings};
const KnownMembers kRevocations = {"Revocations", "", {}, kOwnRevocations};
const KnownMembers kRevocation = {"Revocation", "", {}, kOwnRevocation};
const KnownMembers kMfaDevice = {"MfaDevice", "", {}, kOwnMfaDevice};
const KnownMembers kOrganization = {"Organization", "", {}, kOwnOrganization};
const KnownMembers kOrganizationNode = {
    "OrganizationNode", "", {}, kOwnOrganizationNode};
const KnownMembers kOpenIdProviderEntity = {
    "OpenIdProviderEntity", "", {}, kOwnOpenIdProviderEntity};
const KnownMembers kSamlProviderEntity = {
    "SamlProviderEntity", "", {}, kOwnSamlProviderEntity};
const KnownMembers kOrganizationEntity = {
    "OrganizationEntity", "", {}, kOwnOrganizationEntity};
const KnownMembers kRoleSettingsEntity = {
    "RoleSettingsEntity", "", {}, kOwnRoleSettingsEntity};

}  // namespace members

bool KnownMembers::Has(absl::string_view member) const {
  return Contains(aws, member) || Contains(ours, member) ||
         Contains(kEverywhere, member) ||
         (is_printed_by_aws() && Contains(kOfSdks, member));
}

absl::string_view KnownMembers::Nearest(absl::string_view member) const {
  const absl::string_view near = NearestName(member, aws, kNearMissEdits);
  return near.empty() ? NearestName(member, ours, kNearMissEdits) : near;
}

absl::Span<const KnownMembers* const> AllKnownMembers() {
  static constexpr const KnownMembers* kAll[] = {
      &members::kRole,
      &members::kUser,
      &members::kGroup,
      &members::kManagedPolicy,
      &members::kPolicyVersion,
      &members::kInlinePolicy,
      &members::kAttachedPolicy,
      &members::kBoundary,
      &members::kTag,
      &members::kOpenIdProvider,
      &members::kSamlProvider,
      &members::kOrganizationPolicy,
      &members::kPolicySummary,
      &members::kExport,
      &members::kRoleList,
      &members::kRoleAnswer,
      &members::kPolicyAnswer,
      &members::kPolicyVersionAnswer,
      &members::kRolePolicyAnswer,
      &members::kUserPolicyAnswer,
      &members::kGroupPolicyAnswer,
      &members::kBucketPolicyAnswer,
      &members::kResourcePolicy,
      &members::kRoleSettings,
      &members::kRevocations,
      &members::kRevocation,
      &members::kMfaDevice,
      &members::kOrganization,
      &members::kOrganizationNode,
      &members::kOpenIdProviderEntity,
      &members::kSamlProviderEntity,
      &members::kOrganizationEntity,
      &members::kRoleSettingsEntity};
  return kAll;
}

}  // namespace rolegate
