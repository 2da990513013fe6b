#include "engine/registry/snapshot_builder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/clashes.h"
#include "engine/registry/entity_digest.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/load_costs.h"
#include "engine/registry/managed_policies.h"
#include "engine/registry/organization_builder.h"
#include "engine/registry/provider_builder.h"

namespace rolegate {
class SnapshotBuilder {
 public:
  SnapshotBuilder(const std::vector<std::shared_ptr<const ParsedFile>>& files,
                  ContentTree content, const RegistryOptions& options,
                  Diagnostics* faults, const ContentTree* before)
      : options_(options),
        faults_(faults),
        clashes_(options, before, faults),
        costs_(options.limits.max_policy_steps),
        snapshot_(new Snapshot) {
    snapshot_->content_ = std::move(content);
    snapshot_->has_fences_ = !options.fences.empty();
    files_.reserve(files.size());
    for (const auto& file : files) files_.push_back(file.get());
    const auto in_order = [](const ParsedFile* a, const ParsedFile* b) {
      return a->name() < b->name();
    };
    if (!std::is_sorted(files_.begin(), files_.end(), in_order)) {
      std::sort(files_.begin(), files_.end(), in_order);
    }
  }

  std::shared_ptr<const Snapshot> Build() && {
    for (const ParsedFile* file : files_) {
      for (const Diagnostic& fault : file->faults.span()) Name(fault);
      snapshot_->findings_.insert(snapshot_->findings_.end(),
                                  file->findings.begin(), file->findings.end());
    }
    CollectDefinitions();
    CheckFences();
    AddManagedPolicies();
    AddRoles();
    ApplyRoleSettings();
    AddUsers();
    AddResourcePolicies();
    AddOrganizations();
    AddIdentityProviders();
    for (const ParsedFile* file : files_) {
      snapshot_->revocations_.Add(file->entities.others().revocations);
    }
    for (const auto& [account, member] : snapshot_->members_) {
      costs_.AddMember(*member);
    }
    snapshot_->other_steps_ = costs_.Finish(faults_);
    snapshot_->max_policy_steps_ = options_.limits.max_policy_steps;
    if (!faults_->empty()) {
      Normalize(*faults_);
      return nullptr;
    }
    Finish();
    return std::move(snapshot_);
  }

 private:
  void CollectDefinitions() {
    for (const ParsedFile* file : files_) {
      const Entities& entities = file->entities;
      for (const RoleEntity& e : entities.roles) {
        Define(e.arn(), e, *file, roles_);
      }
      for (const UserEntity& e : entities.others().users) {
        Define(e.user.arn, e, *file, users_);
      }
      for (const GroupEntity& e : entities.others().groups) {
        Define(e.arn, e, *file, groups_);
      }
    }
  }

  // Equal definitions are one; different ones are a fault that names both.
  template <typename Entity>
  void Define(absl::string_view arn, const Entity& entity,
              const ParsedFile& file, Definitions<Entity>& definitions) {
    if (arn.empty()) return;  // reported when it was read
    const auto [at, added] =
        definitions.emplace(arn, Defined<Entity>{&entity, &file});
    if (added) return;
    if constexpr (std::is_same_v<Entity, RoleEntity>) {
      snapshot_->has_equal_roles_ = true;
    }
    const Defined<Entity> second{&entity, &file};
    if (DigestOf(*at->second.entity) == DigestOf(entity)) {
      clashes_.CheckCopies(arn, at->second, second);
      return;
    }
    clashes_.Report(at->second, second, [&](const auto&, const auto& other) {
      return absl::StrCat("`", arn, "` is defined otherwise in ",
                          other.ShowPlace());
    });
  }

  const Fence* FenceOf(const ParsedFile& file) const {
    return clashes_.FenceOf(file);
  }

  void CheckFences() {
    if (options_.fences.empty()) return;
    clashes_.CheckUniqueIds(roles_, [](const RoleEntity& e) {
      return e.definition.texts[RoleDefinition::kRoleId];
    });
    clashes_.CheckUniqueIds(users_, [](const UserEntity& e) {
      return absl::string_view(e.user.user_id);
    });
    for (const Fence& fence : options_.fences) {
      const auto first = std::lower_bound(
          files_.begin(), files_.end(), absl::StrCat(fence.path, "/"),
          [](const ParsedFile* file, const std::string& wanted) {
            return file->name() < wanted;
          });
      if (first != files_.end() && fence.Contains((*first)->name())) continue;
      snapshot_->findings_.push_back(
          {Severity::kWarning, fence.path, "", Position(),
           std::string(kFenceWithoutFolder),
           absl::StrCat("no file stands below `", fence.path,
                        "`, so that its fence holds nobody",
                        options_.fence_faults == FenceFaults::kHoldFolder
                            ? ", and a fault in its first file would hold "
                              "everything back"
                            : "")});
    }
  }

  void AddManagedPolicies() {
    policies_.emplace(files_, options_, &clashes_, faults_,
                      &snapshot_->findings_);
    for (const auto& [arn, defined] : policies_->definitions()) {
      auto policy = std::make_unique<ManagedPolicy>();
      policy->arn = defined.entity->arn;
      policy->name = defined.entity->name;
      policy->policy = defined.entity->policy;
      if (policy->policy != nullptr) costs_.AddManaged(*policy->policy);
      const absl::string_view key = policy->arn;
      snapshot_->managed_policies_.emplace(key, std::move(policy));
    }
  }

  void AddRoles() {
    snapshot_->roles_by_arn_order_.reserve(roles_.size());
    snapshot_->roles_.Reserve(roles_.size());
    snapshot_->role_names_.Reserve(roles_.size());
    for (const auto& [arn, defined] : roles_) {
      const CountedPtr<Role> role(new Role(&defined.entity->definition));
      if (defined.entity->trust) role->trust = &*defined.entity->trust;
      Resolve(defined.entity->identity, *defined.file, defined.entity->place,
              &role->identity);
      role->identity.Finish();
      costs_.AddPrincipal(role->identity);
      if (role->trust != nullptr) costs_.AddTrust(*role->trust);
      if (role->derived_role_id()) {
        Finding(kDerivedId, *defined.file, defined.entity->place,
                "`RoleId` is derived from ARN and `CreateDate`: a role deleted "
                "and made again with both the same revives its old sessions",
                Severity::kSuggestion);
      }
      AddAccount(role->account());
      if (!snapshot_->role_names_.Insert(role.get())) {
        const Role* const known =
            *snapshot_->role_names_.Find({role->account(), role->name()});
        clashes_.Report(
            roles_.at(known->arn()), defined,
            [](const auto& one, const auto& other) {
              return absl::StrCat(
                  "the name of role `", one.entity->arn(), "` is that of `",
                  other.entity->arn(),
                  "`; names are unique in an account, ignoring letter case "
                  "and path");
            });
      }
      snapshot_->roles_by_arn_order_.push_back(role.get());
      snapshot_->roles_.Insert(Snapshot::NamedRole(role));
    }
  }

  void ApplyRoleSettings() {
    Definitions<RoleSettingsEntity> seen;
    for (const ParsedFile* file : files_) {
      for (const RoleSettingsEntity& settings :
           file->entities.others().role_settings) {
        const auto [at, added] = seen.emplace(
            settings.arn, Defined<RoleSettingsEntity>{&settings, file});
        const Defined<RoleSettingsEntity> defined{&settings, file};
        if (!added) {
          clashes_.Report(at->second, defined,
                          [&](const auto&, const auto& other) {
                            return absl::StrCat("the settings of `",
                                                settings.arn, "` stand in ",
                                                other.ShowPlace(), " already");
                          });
          continue;
        }
        snapshot_->roles_with_settings_.insert(settings.arn);
        const Snapshot::NamedRole* const found =
            snapshot_->roles_.Find(settings.arn);
        if (found == nullptr) {
          Fault(kMissingRole, *file, settings.place,
                absl::StrCat("no role `", settings.arn, "` in the registry"));
          continue;
        }
        const Fence* const fence = FenceOf(*file);
        const ParsedFile& role_file = *roles_.at(settings.arn).file;
        if (fence != nullptr && !fence->Contains(role_file.name())) {
          Fault(kOutsideFence, *file, settings.place,
                absl::StrCat("settings of role `", settings.arn,
                             "` stand in fence `", fence->path,
                             "`, and the role outside of it, in ",
                             role_file.name()));
          continue;
        }
        settings.ApplyTo(&found->role->settings);
      }
    }
  }

  void AddUsers() {
    std::map<std::string, Defined<GroupEntity>> groups;
    for (const auto& [arn, defined] : groups_) {
      AddAccount(defined.entity->account);
      const auto [at, added] = groups.emplace(
          GroupKey(defined.entity->account, defined.entity->name), defined);
      if (added) continue;
      clashes_.Report(
          at->second, defined, [](const auto& one, const auto& other) {
            return absl::StrCat("the name of group `", one.entity->arn,
                                "` is that of `", other.entity->arn,
                                "`; names are unique in an account, ignoring "
                                "letter case and path");
          });
    }
    for (const auto& [arn, defined] : users_) {
      auto user = std::make_unique<User>(defined.entity->user);
      Resolve(defined.entity->identity, *defined.file, defined.entity->place,
              &user->identity);
      for (const std::string& name : defined.entity->groups) {
        const auto group = groups.find(GroupKey(user->account, name));
        if (group == groups.end()) {
          Fault(
              kMissingGroup, *defined.file, defined.entity->place,
              absl::StrCat("no group `", name, "` in account ", user->account));
          continue;
        }
        Resolve(group->second.entity->identity, *group->second.file,
                group->second.entity->place, &user->identity);
      }
      user->identity.Finish();
      costs_.AddPrincipal(user->identity);
      AddAccount(user->account);
      for (const MfaDevice& device : user->mfa_devices) {
        ClaimDevice(device, defined);
      }
      const absl::string_view key = user->arn;
      snapshot_->users_.emplace(key, std::move(user));
    }
  }

  // A device has one owner: what is remembered of it is kept by its serial
  // number.
  void ClaimDevice(const MfaDevice& device, const Defined<UserEntity>& user) {
    const auto [at, added] = mfa_devices_.emplace(device.serial_number, user);
    if (added) return;
    const auto claim_of = [&](const UserEntity& entity) {
      return DefinitionHistory::DeviceClaimOf(entity, device.serial_number);
    };
    clashes_.Report(at->second, user, claim_of, [&](const auto&, const auto&) {
      return absl::StrCat("MFA device `", device.serial_number,
                          "` belongs to another user already");
    });
  }

  static std::string GroupKey(absl::string_view account,
                              absl::string_view name) {
    return absl::StrCat(account, "/", absl::AsciiStrToLower(name));
  }

  // Appends what `entity` says to what is there: a user has its own policies
  // and those of its groups.
  void Resolve(const IdentityEntity& entity, const ParsedFile& file,
               const Place& place, IdentityPolicies* identity) {
    for (const Policy& policy : entity.inline_policies) {
      identity->policies.push_back(&policy);
    }
    for (std::size_t i = 0; i < entity.attached_arns.size(); ++i) {
      const absl::string_view arn = entity.attached_arns[i];
      if (const Policy* policy = FindPolicy(arn)) {
        identity->policies.push_back(policy);
      } else {
        Miss(arn, file, place, identity);
      }
    }
    if (entity.boundary_arn) {
      identity->has_boundary = true;
      identity->boundary = FindPolicy(*entity.boundary_arn);
      if (identity->boundary == nullptr) {
        Miss(*entity.boundary_arn, file, place, identity);
      }
    }
  }

  const Policy* FindPolicy(absl::string_view arn) const {
    const auto found = snapshot_->managed_policies_.find(arn);
    return found == snapshot_->managed_policies_.end()
               ? nullptr
               : found->second->policy.get();
  }

  void Miss(absl::string_view arn, const ParsedFile& file, const Place& place,
            IdentityPolicies* identity) {
    if (arn.empty()) return;  // reported when it was read
    if (options_.missing_policies == MissingPolicies::kDeny) {
      identity->missing.push_back(std::string(arn));
      Finding(kMissingPolicy, file, place,
              absl::StrCat("no policy `", arn,
                           "` in the registry; everything is denied"));
      return;
    }
    Fault(kMissingPolicy, file, place,
          absl::StrCat("no policy `", arn, "` in the registry"));
  }

  void AddResourcePolicies() {
    for (const ParsedFile* file : files_) {
      for (const ResourcePolicyEntity& e :
           file->entities.others().resource_policies) {
        if (!e.policy) continue;
        snapshot_->resource_policies_.Add(e.pattern, e.policy);
        costs_.AddResource(e.pattern, *e.policy);
      }
    }
  }

  void AddOrganizations() {
    OrganizationBuilder builder(&*policies_);
    for (const ParsedFile* file : files_) {
      for (const OrganizationEntity& e :
           file->entities.others().organizations) {
        ++snapshot_->counts_.organizations;
        builder.Add(e, file->name(), faults_);
      }
    }
    for (const auto& policy : builder.policies()) Own(policy);
    snapshot_->members_ = std::move(builder).TakeMembers();
    for (const auto& [account, member] : snapshot_->members_) {
      AddAccount(account);
    }
  }

  void AddIdentityProviders() {
    ProviderBuilder builder(files_, options_, &clashes_, faults_);
    builder.BuildAll();
    snapshot_->openid_providers_ = builder.TakeOpenIdProviders();
    snapshot_->saml_providers_ = builder.TakeSamlProviders();
    for (const auto& provider : snapshot_->openid_providers_) {
      snapshot_->openid_by_url_[provider->url].push_back(provider.get());
    }
  }

  void Finish() {
    RegistryCounts& counts = snapshot_->counts_;
    counts.files = files_.size();
    counts.roles = snapshot_->roles_.size();
    counts.users = snapshot_->users_.size();
    counts.groups = groups_.size();
    counts.managed_policies = snapshot_->managed_policies_.size();
    counts.resource_policies = snapshot_->resource_policies_.size();
    counts.identity_providers =
        snapshot_->openid_providers_.size() + snapshot_->saml_providers_.size();
    counts.revocations = snapshot_->revocations_.size();
    snapshot_->revision_ = absl::BytesToHexString(snapshot_->content_.Digest());
    Normalize(snapshot_->findings_);
  }

  const Policy* Own(const std::shared_ptr<const Policy>& policy) {
    if (policy) snapshot_->owned_policies_.push_back(policy);
    return policy.get();
  }
  void AddAccount(absl::string_view account) {
    if (!account.empty()) ++snapshot_->accounts_[account];
  }

  void Fault(absl::string_view code, const ParsedFile& file, const Place& place,
             std::string message) {
    Name({Severity::kError, file.name(), place.ShowPath(), place.position,
          std::string(code), std::move(message)});
  }
  // Of the faults of all files together, as many are enough as of one file.
  void Name(Diagnostic fault) { AddToFile(std::move(fault), faults_); }
  void Finding(absl::string_view code, const ParsedFile& file,
               const Place& place, std::string message,
               Severity severity = Severity::kWarning) {
    snapshot_->findings_.push_back({severity, file.name(), place.ShowPath(),
                                    place.position, std::string(code),
                                    std::move(message)});
  }

  const RegistryOptions& options_;
  Diagnostics* const faults_;
  Clashes clashes_;
  LoadCosts costs_;
  std::vector<const ParsedFile*> files_;
  std::shared_ptr<Snapshot> snapshot_;
  Definitions<RoleEntity> roles_;
  Definitions<UserEntity> users_;
  Definitions<GroupEntity> groups_;
  std::optional<ManagedPolicies> policies_;
  // Owners by serial number.
  absl::flat_hash_map<std::string, Defined<UserEntity>> mfa_devices_;
};

std::shared_ptr<const Snapshot> BuildSnapshot(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    const RegistryOptions& options, Diagnostics* faults) {
  return BuildSnapshot(files, ContentTree(files), options, faults);
}

std::shared_ptr<const Snapshot> BuildSnapshot(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    ContentTree content, const RegistryOptions& options, Diagnostics* faults,
    const ContentTree* before) {
  return SnapshotBuilder(files, std::move(content), options, faults, before)
      .Build();
}

std::shared_ptr<const Snapshot> EmptySnapshot() {
  RegistryOptions options;
  options.allow_empty = true;
  Diagnostics none;
  return BuildSnapshot({}, options, &none);
}

}  // namespace rolegate
