// The members that objects of a registry may have: those that AWS prints, and
// Rolegate's own.

#ifndef ROLEGATE_ENGINE_REGISTRY_KNOWN_MEMBERS_H_
#define ROLEGATE_ENGINE_REGISTRY_KNOWN_MEMBERS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate {

// The members of one kind of object.
struct KnownMembers {
  absl::string_view name;  // of the kind, for the table's test

  // The shapes of AWS's API models that the object may have, "iam.Role
  // iam.RoleDetail".  Empty: AWS prints no such object.
  absl::string_view shapes;
  absl::Span<const absl::string_view> aws;   // of these shapes together
  absl::Span<const absl::string_view> ours;  // beside them

  // AWS adds members with every release, so a member that is not known is no
  // fault of an object that AWS prints, unless it may limit somebody.
  bool is_printed_by_aws() const { return !shapes.empty(); }

  bool Has(absl::string_view member) const;

  // Returns the known member that is spelled nearly like `member`; empty if
  // there is none.
  absl::string_view Nearest(absl::string_view member) const;
};

namespace members {

extern const KnownMembers kRole;
extern const KnownMembers kUser;
extern const KnownMembers kGroup;
extern const KnownMembers kManagedPolicy;
extern const KnownMembers kPolicyVersion;
extern const KnownMembers kInlinePolicy;
extern const KnownMembers kAttachedPolicy;
extern const KnownMembers kBoundary;
extern const KnownMembers kTag;
extern const KnownMembers kOpenIdProvider;
extern const KnownMembers kSamlProvider;
extern const KnownMembers kOrganizationPolicy;
extern const KnownMembers kPolicySummary;
extern const KnownMembers kExport;
extern const KnownMembers kRoleList;
extern const KnownMembers kRoleAnswer;
extern const KnownMembers kPolicyAnswer;
extern const KnownMembers kPolicyVersionAnswer;
extern const KnownMembers kRolePolicyAnswer;
extern const KnownMembers kUserPolicyAnswer;
extern const KnownMembers kGroupPolicyAnswer;
extern const KnownMembers kBucketPolicyAnswer;

extern const KnownMembers kResourcePolicy;
extern const KnownMembers kRoleSettings;
extern const KnownMembers kRevocations;
extern const KnownMembers kRevocation;
extern const KnownMembers kMfaDevice;
extern const KnownMembers kOrganization;
extern const KnownMembers kOrganizationNode;
extern const KnownMembers kOpenIdProviderEntity;
extern const KnownMembers kSamlProviderEntity;
extern const KnownMembers kOrganizationEntity;
extern const KnownMembers kRoleSettingsEntity;

}  // namespace members

// Every row of the table.
absl::Span<const KnownMembers* const> AllKnownMembers();

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_KNOWN_MEMBERS_H_
