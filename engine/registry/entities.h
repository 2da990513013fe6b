// What registry files define, before names have met their definitions.

#ifndef ROLEGATE_ENGINE_REGISTRY_ENTITIES_H_
#define ROLEGATE_ENGINE_REGISTRY_ENTITIES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/diagnostic.h"
#include "engine/policy.h"
#include "engine/registry/revocations.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

// Where a definition stands in its file.
struct Place {
  Position position;
  std::string path;
};

// The part that roles, users and groups share.
struct IdentityEntity {
  std::vector<std::shared_ptr<const Policy>> inline_policies;
  std::vector<std::string> attached_arns;
  std::optional<std::string> boundary_arn;
};

// `digest` of each entity tells equal definitions from different ones: it
// covers what bears on decisions and nothing else.
struct RoleEntity {
  Role role;  // without policies, which `identity` and `trust` hold
  std::shared_ptr<const Policy> trust;
  IdentityEntity identity;
  Place place;
  std::string digest;
};

struct UserEntity {
  User user;
  IdentityEntity identity;
  std::vector<std::string> groups;  // names
  Place place;
  std::string digest;
};

struct GroupEntity {
  std::string arn;
  std::string name;
  std::string account;
  IdentityEntity identity;
  Place place;
  std::string digest;
};

struct ManagedPolicyEntity {
  std::string arn;
  std::string name;
  int default_version = 1;  // 3 of "v3"
  std::shared_ptr<const Policy> policy;
  Place place;
  std::string digest;
};

struct ResourcePolicyEntity {
  std::string pattern;
  std::shared_ptr<const Policy> policy;
  Place place;
};

// Settings of a role that stands elsewhere.
struct RoleSettingsEntity {
  std::string arn;
  std::optional<absl::Duration> max_session;
  std::optional<absl::Duration> max_chained_session;
  std::optional<BindingKind> required_binding;
  Place place;

  void ApplyTo(Role* role) const {
    if (max_session) role->max_session = *max_session;
    if (max_chained_session) role->max_chained_session = *max_chained_session;
    if (required_binding) role->required_binding = *required_binding;
  }
};

// A policy of an organisation: a document, or the name of a managed policy.
struct OrganizationPolicy {
  std::string name;  // empty: `policy` it is
  std::shared_ptr<const Policy> policy;
  Place place;
};

// A root, organisational unit or account with what is attached to it.
struct OrganizationNode {
  std::string id;
  bool has_scps = false;  // else FullAWSAccess, which AWS attaches by default
  std::vector<OrganizationPolicy> scps;
  std::vector<OrganizationPolicy> rcps;
  std::vector<OrganizationNode> accounts;
  std::vector<OrganizationNode> units;
  Place place;
};

struct OrganizationEntity {
  std::string id;
  std::string management_account;
  OrganizationNode root;
  Place place;
};

// An identity provider.  Its keys or metadata stand in it, or in a file that
// it names: a path from the folder of the file that defines it, or from the
// registry's directory (file_references.h).
struct OpenIdProviderEntity {
  OpenIdProvider provider;
  std::string jwks_file;  // empty: none
  Place place;
};

struct SamlProviderEntity {
  SamlProvider provider;
  std::string metadata_file;  // empty: none
  Place place;
};

// Everything that one file defines.
struct Entities {
  std::vector<RoleEntity> roles;
  std::vector<UserEntity> users;
  std::vector<GroupEntity> groups;
  std::vector<ManagedPolicyEntity> managed_policies;
  std::vector<ResourcePolicyEntity> resource_policies;
  std::vector<RoleSettingsEntity> role_settings;
  std::vector<OrganizationEntity> organizations;
  std::vector<OpenIdProviderEntity> openid_providers;
  std::vector<SamlProviderEntity> saml_providers;
  Revocations revocations;

  bool has_more_than_roles() const {
    return !(users.empty() && groups.empty() && managed_policies.empty() &&
             resource_policies.empty() && role_settings.empty() &&
             organizations.empty() && revocations.empty() &&
             openid_providers.empty() && saml_providers.empty());
  }
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ENTITIES_H_
