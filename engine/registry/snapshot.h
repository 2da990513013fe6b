// Everything the registry knows at one moment.

#ifndef ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_H_
#define ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/decide.h"
#include "engine/diagnostic.h"
#include "engine/policy.h"
#include "engine/registry/resource_policy_index.h"
#include "engine/registry/revocations.h"
#include "engine/registry/saml_metadata.h"
#include "engine/tag.h"

namespace rolegate {

// What users and roles have in common: policies that say what they may do.
// Pointers point into the snapshot that holds the entity.
struct IdentityPolicies {
  std::vector<const Policy*> policies;  // inline, attached, and of groups
  bool has_boundary = false;
  const Policy* boundary = nullptr;  // null with has_boundary: it is missing

  // ARNs of attached policies and boundaries that the registry does not hold
  // (only with missing_policies: deny).  Not empty: every decision for the
  // entity is denied.
  std::vector<std::string> missing;
};

struct Role {
  std::string arn;
  std::string name;  // without the path
  std::string path;  // "/" or "/team/"
  std::string account;
  std::string role_id;  // "AROA…", or derived from ARN and CreateDate
  bool derived_role_id = false;
  std::string create_date;
  std::string description;
  const Policy* trust = nullptr;  // never null in a snapshot
  IdentityPolicies identity;
  std::vector<Tag> tags;
  absl::Duration max_session = absl::Hours(1);
  absl::Duration max_chained_session = absl::Hours(1);
  std::string file;  // where it was defined
};

// A device that shows one-time codes.
struct MfaDevice {
  std::string serial_number;
  std::string seed_file;  // a name; the registry does not hold the secret
};

struct User {
  std::string arn;
  std::string name;
  std::string path;
  std::string account;
  std::string user_id;  // "AIDA…", or derived as a role's is
  IdentityPolicies identity;
  std::vector<Tag> tags;
  std::vector<MfaDevice> mfa_devices;
  std::string file;
};

struct ManagedPolicy {
  std::string arn;
  std::string name;
  std::shared_ptr<const Policy> policy;
};

// An OpenID Connect provider whose tokens open roles.
struct OpenIdProvider {
  std::string arn;  // arn:P:iam::A:oidc-provider/HOST/PATH
  std::string url;  // the issuer, "https://HOST/PATH": what `iss` must equal
  std::vector<std::string> client_ids;  // audiences; never empty

  // A JSON Web Key Set.  Empty: the keys are had by discovery.
  std::string jwks;

  // What condition keys of its claims begin with: "HOST/PATH".
  absl::string_view key_prefix() const {
    return absl::string_view(url).substr(url.find("://") + 3);
  }
};

// A SAML 2.0 identity provider.
struct SamlProvider {
  std::string arn;        // arn:P:iam::A:saml-provider/NAME
  std::string name;       // NAME
  std::string account;    // A
  std::string document;   // its EntityDescriptor, XML
  SamlMetadata metadata;  // what was read in it
};

// Where an account stands in its organisation, and what limits it there.
struct OrganizationMember {
  std::string organization_id;         // "o-abc123"
  std::vector<std::string> org_paths;  // {"o-abc123/r-root/ou-x/"}
  bool is_management_account = false;  // SCPs and RCPs do not apply to it
  std::vector<std::vector<const Policy*>> scp_levels;  // root first
  std::vector<std::vector<const Policy*>> rcp_levels;
  std::vector<PolicySpan> scps;  // views of the two above
  std::vector<PolicySpan> rcps;
};

struct RegistryCounts {
  std::size_t files = 0;
  std::size_t roles = 0;
  std::size_t users = 0;
  std::size_t groups = 0;
  std::size_t managed_policies = 0;
  std::size_t resource_policies = 0;
  std::size_t organizations = 0;
  std::size_t identity_providers = 0;
  std::size_t revocations = 0;
};

// Built whole (snapshot_builder.h), never edited: a reload builds another and
// swaps the pointer.  Safe to share between threads without locks.  Whoever
// asks holds the snapshot's shared_ptr until the answer is written, for
// decisions point into it.
class Snapshot {
 public:
  // Null if unknown.  ARNs compare byte for byte.
  const Role* FindRole(absl::string_view arn) const;
  const User* FindUser(absl::string_view arn) const;
  const ManagedPolicy* FindManagedPolicy(absl::string_view arn) const;
  const OrganizationMember* FindAccount(absl::string_view account) const;

  const SamlProvider* FindSamlProvider(absl::string_view arn) const;

  // The providers of an issuer: one an account at most.  Empty if there are
  // none.  URLs compare byte for byte, a slash at the end included.
  absl::Span<const OpenIdProvider* const> FindOpenIdProviders(
      absl::string_view url) const;

  // Whether the name is that of a condition key of a provider's tokens,
  // `HOST/PATH:sub`, which nobody may set but a token.
  bool IsProviderKey(absl::string_view name) const;

  // A session's role by what its ARN holds: account and role name (names are
  // unique in an account, whatever their path).  Null if unknown.
  const Role* FindRoleByName(absl::string_view account,
                             absl::string_view name) const;

  // Whether any entity of the registry belongs to the account.
  bool KnowsAccount(absl::string_view account) const;

  // Appends the policies of every ResourceArn that covers `resource`: the
  // pattern itself, and everything below `pattern/`.
  void FindResourcePolicies(absl::string_view resource,
                            MatchingPolicies* policies) const;

  // All roles, in the order of their ARNs.
  absl::Span<const Role* const> roles() const { return roles_by_arn_order_; }

  const Revocations& revocations() const { return revocations_; }

  // The same registry with more revocations, and a revision that tells.  Parts
  // are shared, so that it costs less than to build one.
  std::shared_ptr<const Snapshot> WithRevocations(
      const Revocations& more) const;

  // Every policy once, attached or not, in the order of files and places.
  std::vector<const Policy*> AllPolicies() const;

  // Lower-case hex digest of the registry's content: equal on every replica
  // that reads the same files, however it came to them.
  const std::string& revision() const { return revision_; }
  const RegistryCounts& counts() const { return counts_; }

  // What loaded and still deserves a look, in normal order.
  const Diagnostics& findings() const { return findings_; }

 private:
  friend class SnapshotBuilder;
  Snapshot() = default;
  Snapshot(const Snapshot&) = default;  // entities are shared
  Snapshot& operator=(const Snapshot&) = delete;

  static std::string RoleNameKey(absl::string_view account,
                                 absl::string_view name);

  // Keys are views into the entities.
  template <typename T>
  using ByArn = absl::flat_hash_map<absl::string_view, std::shared_ptr<T>>;

  ByArn<Role> roles_;
  ByArn<User> users_;
  ByArn<ManagedPolicy> managed_policies_;
  absl::flat_hash_map<std::string, std::shared_ptr<OrganizationMember>>
      members_;
  absl::flat_hash_map<std::string, const Role*> roles_by_name_;
  absl::flat_hash_set<std::string> accounts_;
  ResourcePolicyIndex resource_policies_;
  Revocations revocations_;
  std::vector<std::shared_ptr<const OpenIdProvider>> openid_providers_;
  std::vector<std::shared_ptr<const SamlProvider>> saml_providers_;
  absl::flat_hash_map<absl::string_view, std::vector<const OpenIdProvider*>>
      openid_by_url_;
  std::vector<const Role*> roles_by_arn_order_;
  std::vector<std::shared_ptr<const Policy>> owned_policies_;
  std::string revision_;
  RegistryCounts counts_;
  Diagnostics findings_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_H_
