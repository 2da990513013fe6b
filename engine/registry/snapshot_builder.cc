#include "engine/registry/snapshot_builder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/clashes.h"
#include "engine/registry/entity_digest.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/load_costs.h"
#include "engine/registry/managed_policies.h"
#include "engine/registry/organization_builder.h"
#include "engine/registry/policies_apart.h"
#include "engine/registry/provider_builder.h"
#include "engine/registry/snapshot_draft.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

// Names the command that exports the policy.
std::string HowToExport(absl::string_view arn) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  if (!parsed || parsed->service != "iam") return "";
  const bool is_aws_managed = parsed->account == "aws";
  if (!is_aws_managed && !IsAccountId(parsed->account)) {
    return absl::StrCat(": ", kAccountHasTwelveDigits);
  }
  return absl::StrCat(
      ": export it with `aws iam get-account-authorization-details --filter ",
      is_aws_managed ? "AWSManagedPolicy" : "LocalManagedPolicy", "`");
}

// Joins the files of one generation, kind by kind, and says what is wrong.
class SnapshotBuilder {
 public:
  SnapshotBuilder(const std::vector<std::shared_ptr<const ParsedFile>>& files,
                  ContentTree content, const RegistryOptions& options,
                  Diagnostics* faults, const ContentTree* before)
      : options_(options),
        faults_(faults),
        clashes_(options, before, faults),
        apart_(clashes_, faults),
        costs_(options.limits.max_policy_steps) {
    draft_.SetFiles(std::move(content));
    draft_.set_has_fences(!options.fences.empty());
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
      for (const Diagnostic& fault : file->faults.span()) Report(fault);
      for (const Diagnostic& finding : file->findings.span()) {
        draft_.AddFinding(finding);
      }
    }
    CollectDefinitions();
    CheckFences();
    apart_.Add(files_, roles_, users_, groups_);
    if (!apart_.empty()) draft_.set_has_policies_apart();
    AddManagedPolicies();
    AddRoles();
    ApplyRoleSettings();
    AddUsers();
    AddResourcePolicies();
    AddOrganizations();
    AddIdentityProviders();
    for (const ParsedFile* file : files_) {
      draft_.AddRevocations(file->entities.others().revocations);
    }
    for (const auto& [account, member] : draft_.members()) {
      costs_.AddMember(*member);
    }
    draft_.SetCosts(costs_.Finish(faults_), options_.limits.max_policy_steps);
    if (!faults_->empty()) {
      Normalize(*faults_);
      return nullptr;
    }
    return std::move(draft_).Finish();
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

  // Equal definitions count as one.  If they differ, the fault names both.
  template <typename Entity>
  void Define(absl::string_view arn, const Entity& entity,
              const ParsedFile& file, Definitions<Entity>& definitions) {
    if (arn.empty()) return;  // the reader reported it
    const auto [at, added] =
        definitions.emplace(arn, Defined<Entity>{&entity, &file});
    if (added) return;
    if constexpr (std::is_same_v<Entity, RoleEntity>) {
      draft_.set_has_equal_roles();
    }
    const Defined<Entity> second{&entity, &file};
    if (DigestOf(*at->second.entity) == DigestOf(entity)) {
      clashes_.CheckCopies(arn, at->second, second);
      return;
    }
    clashes_.Report(at->second, second, [&](const auto&, const auto& other) {
      return absl::StrCat("`", arn, "` is defined differently in ",
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
      draft_.AddFinding(
          {Severity::kWarning, fence.path, "", Position(),
           std::string(kFenceWithoutFolder),
           absl::StrCat("no file stands below `", fence.path,
                        "`, so its fence limits nobody",
                        options_.fence_faults == FenceFaults::kHoldFolder
                            ? ", and a fault in its first file would hold "
                              "the whole registry back"
                            : "")});
    }
  }

  void AddManagedPolicies() {
    policies_.emplace(files_, options_, &clashes_, faults_, draft_.findings());
    for (const auto& [arn, defined] : policies_->definitions()) {
      draft_.AddManagedPolicy(*defined.entity);
      if (defined.entity->policy) costs_.AddManaged(*defined.entity->policy);
    }
  }

  void AddRoles() {
    draft_.ReserveRoles(roles_.size());
    for (const auto& [arn, defined] : roles_) {
      const RoleEntity& entity = *defined.entity;
      const auto [role, rival] = draft_.AddRole(entity, apart_.Of(arn));
      ReportMissing(role->identity, 0, *defined.file, entity.place);
      costs_.AddPrincipal(role->identity);
      if (role->trust != nullptr) costs_.AddTrust(*role->trust);
      if (role->derived_role_id()) {
        Finding(kDerivedId, *defined.file, entity.place,
                "`RoleId` is derived from ARN and `CreateDate`: a role deleted "
                "and made again with both the same revives its old sessions",
                Severity::kSuggestion);
      }
      if (rival != nullptr) ReportNamesake(roles_.at(rival->arn()), defined);
    }
  }

  void ReportNamesake(const Defined<RoleEntity>& first,
                      const Defined<RoleEntity>& second) {
    clashes_.Report(first, second, [](const auto& one, const auto& other) {
      return absl::StrCat("the name of role `", one.entity->arn(),
                          "` is that of `", other.entity->arn(),
                          "`; names are unique in an account, ignoring letter "
                          "case and path");
    });
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
          clashes_.Report(
              at->second, defined, [&](const auto&, const auto& other) {
                return absl::StrCat("the settings of `", settings.arn,
                                    "` are already defined in ",
                                    other.ShowPlace());
              });
          continue;
        }
        if (draft_.FindRole(settings.arn) == nullptr) {
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
                             "`, but the role stands outside of it, in ",
                             role_file.name()));
          continue;
        }
        draft_.ApplySettings(settings);
      }
    }
  }

  void AddUsers() {
    std::map<std::string, Defined<GroupEntity>> groups;
    for (const auto& [arn, defined] : groups_) {
      draft_.AddGroup(*defined.entity);
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
      AppendPolicies(*defined.entity, *defined.file, &user->identity);
      for (const std::string& name : defined.entity->groups) {
        const auto group = groups.find(GroupKey(user->account, name));
        if (group == groups.end()) {
          Fault(
              kMissingGroup, *defined.file, defined.entity->place,
              absl::StrCat("no group `", name, "` in account ", user->account));
          continue;
        }
        AppendPolicies(*group->second.entity, *group->second.file,
                       &user->identity);
      }
      user->identity.Finish();
      costs_.AddPrincipal(user->identity);
      for (const MfaDevice& device : user->mfa_devices) {
        ClaimDevice(device, defined);
      }
      draft_.AddUser(std::move(user));
    }
  }

  // A device has one owner, because what the server remembers of a device is
  // kept by its serial number.
  void ClaimDevice(const MfaDevice& device, const Defined<UserEntity>& user) {
    const auto [at, added] = mfa_devices_.emplace(device.serial_number, user);
    if (added) return;
    const auto claim_of = [&](const UserEntity& entity) {
      return DefinitionHistory::DeviceClaimOf(entity, device.serial_number);
    };
    clashes_.Report(at->second, user, claim_of, [&](const auto&, const auto&) {
      return absl::StrCat("MFA device `", device.serial_number,
                          "` already belongs to another user");
    });
  }

  static std::string GroupKey(absl::string_view account,
                              absl::string_view name) {
    return absl::StrCat(account, "/", absl::AsciiStrToLower(name));
  }

  // Rule 127: A user has its own policies and those of its groups, so this is
  // called for the user and for each of its groups.
  template <typename Entity>
  void AppendPolicies(const Entity& entity, const ParsedFile& file,
                      IdentityPolicies* identity) {
    const std::size_t missing = identity->missing.size();
    draft_.AppendPolicies(entity.identity, identity);
    const absl::Span<const Policy* const> apart = apart_.Of(entity.key());
    identity->policies.insert(identity->policies.end(), apart.begin(),
                              apart.end());
    ReportMissing(*identity, missing, file, entity.place);
  }

  // Reports the missing policies from the one at `begin` on, which an entity at
  // this place names.
  void ReportMissing(const IdentityPolicies& identity, std::size_t begin,
                     const ParsedFile& file, const Place& place) {
    for (const std::string& arn : identity.missing.span().subspan(begin)) {
      if (options_.missing_policies == MissingPolicies::kDeny) {
        Finding(
            kMissingPolicy, file, place,
            absl::StrCat("no policy `", arn,
                         "` in the registry, so that every request is denied",
                         HowToExport(arn)));
      } else {
        Fault(kMissingPolicy, file, place,
              absl::StrCat("no policy `", arn, "` in the registry",
                           HowToExport(arn),
                           ", or set `registry.missing_policies: deny` to deny "
                           "every request of who has it"));
      }
    }
  }

  void AddResourcePolicies() {
    for (const ParsedFile* file : files_) {
      for (const ResourcePolicyEntity& e :
           file->entities.others().resource_policies) {
        if (!e.policy) continue;
        draft_.AddResourcePolicy(e);
        costs_.AddResource(e.pattern, *e.policy);
      }
    }
  }

  void AddOrganizations() {
    OrganizationBuilder builder(&*policies_);
    std::size_t count = 0;
    for (const ParsedFile* file : files_) {
      for (const OrganizationEntity& e :
           file->entities.others().organizations) {
        ++count;
        builder.Add(e, file->name(), faults_);
      }
    }
    const std::vector<std::shared_ptr<const Policy>> policies =
        builder.policies();
    draft_.SetOrganizations(count, std::move(builder).TakeMembers(), policies);
  }

  void AddIdentityProviders() {
    ProviderBuilder builder(files_, options_, &clashes_, faults_);
    builder.BuildAll();
    draft_.SetIdentityProviders(builder.TakeOpenIdProviders(),
                                builder.TakeSamlProviders());
  }

  void Fault(absl::string_view code, const ParsedFile& file, const Place& place,
             std::string message) {
    Report({Severity::kError, file.name(), place.ShowPath(), place.position,
            std::string(code), std::move(message)});
  }
  // All files together report no more faults than one file may.
  void Report(Diagnostic fault) { AddToFile(std::move(fault), faults_); }
  void Finding(absl::string_view code, const ParsedFile& file,
               const Place& place, std::string message,
               Severity severity = Severity::kWarning) {
    draft_.AddFinding({severity, file.name(), place.ShowPath(), place.position,
                       std::string(code), std::move(message)});
  }

  const RegistryOptions& options_;
  Diagnostics* const faults_;
  Clashes clashes_;
  PoliciesApart apart_;
  LoadCosts costs_;
  std::vector<const ParsedFile*> files_;
  SnapshotDraft draft_;
  Definitions<RoleEntity> roles_;
  Definitions<UserEntity> users_;
  Definitions<GroupEntity> groups_;
  std::optional<ManagedPolicies> policies_;
  // Owners by serial number.
  absl::flat_hash_map<std::string, Defined<UserEntity>> mfa_devices_;
};

}  // namespace

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
