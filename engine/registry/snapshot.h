// Everything the registry knows at one moment.

#ifndef ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_H_
#define ROLEGATE_ENGINE_REGISTRY_SNAPSHOT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/memory/counted_ptr.h"
#include "engine/program/policy.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/identity_provider.h"
#include "engine/registry/managed_policy.h"
#include "engine/registry/organization_member.h"
#include "engine/registry/registry_counts.h"
#include "engine/registry/resource_policy_index.h"
#include "engine/registry/revocations.h"
#include "engine/registry/role.h"
#include "engine/registry/shared_set.h"
#include "engine/registry/user.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// The ARN of a role with its hash, for a caller that looks the same role up
// again and again in one snapshot after the other.  It is a view of the ARN.
class RoleKey {
 public:
  RoleKey() = default;  // of no role
  explicit RoleKey(absl::string_view arn)
      : arn_(arn), hash_(absl::Hash<absl::string_view>()(arn)) {}

  absl::string_view arn() const { return arn_; }
  std::size_t hash() const { return hash_; }

 private:
  absl::string_view arn_;
  std::size_t hash_ = 0;
};

// A SnapshotDraft makes it, and nothing edits it afterwards: a reload makes
// another one and swaps the pointer.  Threads may share it without locks.  Hold
// the snapshot's shared_ptr until the answer is written, because decisions
// point into it.
class Snapshot {
 public:
  // Null if unknown.  ARNs compare byte for byte.
  const Role* FindRole(const RoleKey& key) const;
  const Role* FindRole(absl::string_view arn) const {
    return FindRole(RoleKey(arn));
  }
  bool HasRole(absl::string_view arn) const { return FindRole(arn) != nullptr; }
  const User* FindUser(absl::string_view arn) const;
  const ManagedPolicy* FindManagedPolicy(absl::string_view arn) const;
  const OrganizationMember* FindAccount(absl::string_view account) const;

  const SamlProvider* FindSamlProvider(absl::string_view arn) const;

  // The providers of an issuer: at most one for each account.  URLs compare
  // byte for byte, including a slash at the end.
  absl::Span<const OpenIdProvider* const> FindOpenIdProviders(
      absl::string_view url) const;

  // Whether `name` is that of a condition key of a provider's tokens,
  // `HOST/PATH:sub`, which nobody but a token may set.
  bool IsProviderKey(absl::string_view name) const;

  // Finds a session's role by what the session's ARN holds: the account and the
  // name of the role.  Names are unique in an account, whatever their path.
  // Null if unknown.
  const Role* FindRoleByName(absl::string_view account,
                             absl::string_view name) const;

  // Whether any entity of the registry belongs to the account.
  bool KnowsAccount(absl::string_view account) const;

  // Appends the policies of every ResourceArn that covers `resource`: the
  // pattern itself, and everything below `pattern/`.
  void FindResourcePolicies(absl::string_view resource, StepBudget* budget,
                            MatchingPolicies* policies) const;

  // All roles, in the order of their ARNs.
  absl::Span<const Role* const> roles() const { return roles_by_arn_order_; }

  const Revocations& revocations() const { return revocations_; }

  // Returns the same registry with more revocations, and with a revision that
  // tells so.  It shares its parts, and so costs less than building one.
  std::shared_ptr<const Snapshot> WithRevocations(
      const Revocations& more) const;

  // Returns every policy once, attached or not, in the order of files and
  // places.
  std::vector<const Policy*> AllPolicies() const;

  // Lower-case hex digest of the registry's content: equal on every replica
  // that reads the same files, however it came to them.
  const std::string& revision() const { return revision_; }
  // The registry's files.
  const ContentTree& content() const { return content_; }
  // 32 bytes: of the names and contents of the registry's files.
  std::string content_digest() const { return content_.Digest(); }
  const RegistryCounts& counts() const { return counts_; }

  // The findings: what loaded although it deserves a look, in normal order.
  const Diagnostics& findings() const { return findings_; }

 private:
  friend class SnapshotDraft;
  Snapshot() = default;
  Snapshot(const Snapshot&) = default;  // entities are shared
  Snapshot& operator=(const Snapshot&) = delete;

  // A role beside a view of its ARN, so that a lookup waits for both at once.
  struct NamedRole {
    explicit NamedRole(CountedPtr<Role> r)
        : role(std::move(r)), arn(role->arn()) {}
    CountedPtr<Role> role;
    absl::string_view arn;
  };
  struct RoleArn {
    using Key = absl::string_view;
    static Key KeyOf(const NamedRole& named) {
      __builtin_prefetch(named.role.get());
      return named.arn;
    }
    static std::size_t Hash(Key arn) { return RoleKey(arn).hash(); }
  };
  // Names are unique in an account, ignoring letter case.
  struct RoleName {
    struct Key {
      absl::string_view account;
      absl::string_view name;

      friend bool operator==(const Key& a, const Key& b) {
        return a.account == b.account && absl::EqualsIgnoreCase(a.name, b.name);
      }
    };
    static Key KeyOf(const Role* role) {
      return {role->account(), role->name()};
    }
    static std::size_t Hash(const Key& key);
  };

  // Keys are views into the entities.
  template <typename T>
  using ByArn = absl::flat_hash_map<absl::string_view, std::shared_ptr<T>>;

  // Generations share the parts that grow with the registry if these did not
  // change (snapshot_update.h).
  ContentTree content_;
  SharedSet<NamedRole, RoleArn> roles_;
  SharedSet<const Role*, RoleName> role_names_;
  ByArn<User> users_;
  ByArn<ManagedPolicy> managed_policies_;
  absl::flat_hash_map<std::string, std::shared_ptr<OrganizationMember>>
      members_;
  absl::flat_hash_set<std::string> roles_with_settings_;  // ARNs
  absl::flat_hash_map<std::string, std::size_t>
      accounts_;                  // and their entities
  bool has_equal_roles_ = false;  // of one ARN, in two places
  bool has_policies_apart_ = false;
  bool has_fences_ = false;  // files are held to some

  // The steps that all policies except those of one principal may take in one
  // check, and the bound for all that may meet there (load_costs.h).
  std::uint64_t other_steps_ = 0;
  std::uint64_t max_policy_steps_ = 0;
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
