// The definitions in registry files, before names have met their definitions.

#ifndef ROLEGATE_ENGINE_REGISTRY_ENTITIES_H_
#define ROLEGATE_ENGINE_REGISTRY_ENTITIES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "engine/memory/packed_texts.h"
#include "engine/program/policy.h"
#include "engine/registry/identity_provider.h"
#include "engine/registry/place.h"
#include "engine/registry/revocations.h"
#include "engine/registry/role.h"
#include "engine/registry/user.h"

namespace rolegate {

// Each entity that has a name of its own says two things besides its content.
// kNoun is the word for its kind in messages.  key() is the ARN that tells it
// from all others of its kind: two definitions of one key exclude each other
// (clashes.h).

// The part that roles, users and groups share.
struct IdentityEntity {
  absl::InlinedVector<Policy, 1> inline_policies;
  PackedTexts attached_arns;
  std::unique_ptr<const std::string> boundary_arn;  // null: none
};

struct RoleEntity {
  static constexpr absl::string_view kNoun = "role";

  RoleDefinition definition;
  std::optional<Policy> trust;
  IdentityEntity identity;
  Place place;

  absl::string_view key() const { return arn(); }

  absl::string_view arn() const {
    return definition.texts[RoleDefinition::kArn];
  }
};

struct UserEntity {
  static constexpr absl::string_view kNoun = "user";

  User user;
  IdentityEntity identity;
  std::vector<std::string> groups;  // names
  Place place;

  absl::string_view key() const { return user.arn; }
};

struct GroupEntity {
  static constexpr absl::string_view kNoun = "group";

  std::string arn;
  std::string name;
  std::string account;
  IdentityEntity identity;
  Place place;

  absl::string_view key() const { return arn; }
};

struct ManagedPolicyEntity {
  static constexpr absl::string_view kNoun = "managed policy";

  std::string arn;
  std::string name;
  std::string version;  // of the document, "v3"; empty: the file gives none
  std::shared_ptr<const Policy> policy;
  Place place;

  absl::string_view key() const { return arn; }
};

struct ResourcePolicyEntity {
  std::string pattern;
  std::shared_ptr<const Policy> policy;
  Place place;
};

// An inline policy that stands apart from the role, user or group that has it,
// as `aws iam get-role-policy` prints it.
struct InlinePolicyEntity {
  enum class Owner { kRole, kUser, kGroup };

  Owner owner = Owner::kRole;
  std::string owner_name;
  std::string owner_arn;  // empty: the file does not say it
  std::shared_ptr<const Policy> policy;
  Place place;

  absl::string_view owner_noun() const {
    if (owner == Owner::kRole) return "role";
    return owner == Owner::kUser ? "user" : "group";
  }
};

// Settings of a role that is defined elsewhere.
struct RoleSettingsEntity {
  static constexpr absl::string_view kNoun = "settings of role";

  std::string arn;
  std::optional<std::int32_t> max_session_seconds;
  std::optional<std::int32_t> max_chained_session_seconds;
  std::optional<BindingKind> required_binding;
  Place place;

  absl::string_view key() const { return arn; }

  void ApplyTo(RoleSettings* settings) const {
    if (max_session_seconds) {
      settings->max_session_seconds = *max_session_seconds;
    }
    if (max_chained_session_seconds) {
      settings->max_chained_session_seconds = *max_chained_session_seconds;
    }
    if (required_binding) settings->required_binding = *required_binding;
  }
};

// A policy of an organisation: a document, or the name of a managed policy.
struct OrganizationPolicy {
  std::string name;  // empty: `policy` it is
  std::shared_ptr<const Policy> policy;
  Place place;
};

// A root, organisational unit or account, with the policies attached to it.
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

// An identity provider.  Its keys or metadata stand in its definition, or in a
// file that the definition names: by a path from the folder of the defining
// file, or from the registry's directory (file_references.h).
struct OpenIdProviderEntity {
  static constexpr absl::string_view kNoun = "identity provider";

  OpenIdProvider provider;
  std::string jwks_file;  // empty: none
  Place place;

  absl::string_view key() const { return provider.arn; }
};

struct SamlProviderEntity {
  static constexpr absl::string_view kNoun = "identity provider";

  SamlProvider provider;
  std::string metadata_file;  // empty: none
  Place place;

  absl::string_view key() const { return provider.arn; }
};

// The definitions of a file other than roles.
struct OtherEntities {
  std::vector<UserEntity> users;
  std::vector<GroupEntity> groups;
  std::vector<ManagedPolicyEntity> managed_policies;
  std::vector<ResourcePolicyEntity> resource_policies;
  std::vector<InlinePolicyEntity> inline_policies;
  std::vector<RoleSettingsEntity> role_settings;
  std::vector<OrganizationEntity> organizations;
  std::vector<OpenIdProviderEntity> openid_providers;
  std::vector<SamlProviderEntity> saml_providers;
  Revocations revocations;

  // Calls `f` with each list of entities.  Whoever must not overlook a kind,
  // such as the fences, walks them by this.
  template <typename F>
  void ForEachList(F f) {
    WalkLists(*this, f);
  }
  template <typename F>
  void ForEachList(F f) const {
    WalkLists(*this, f);
  }

 private:
  template <typename Self, typename F>
  static void WalkLists(Self& self, F& f) {
    f(self.users);
    f(self.groups);
    f(self.managed_policies);
    f(self.resource_policies);
    f(self.inline_policies);
    f(self.role_settings);
    f(self.organizations);
    f(self.openid_providers);
    f(self.saml_providers);
  }
};

// Everything that one file defines: mostly a role or a few, and nothing else.
class Entities {
 public:
  std::vector<RoleEntity> roles;

  const OtherEntities& others() const {
    static const OtherEntities kNone;
    return others_ == nullptr ? kNone : *others_;
  }
  // For the reader, which adds to it.
  OtherEntities& MakeOthers() {
    if (others_ == nullptr) others_ = std::make_unique<OtherEntities>();
    return *others_;
  }
  bool has_more_than_roles() const { return others_ != nullptr; }

 private:
  std::unique_ptr<OtherEntities> others_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ENTITIES_H_
