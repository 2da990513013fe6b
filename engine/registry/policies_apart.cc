#include "engine/registry/policies_apart.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/fault_codes.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

absl::string_view MissingCode(InlinePolicyEntity::Owner owner) {
  switch (owner) {
    case InlinePolicyEntity::Owner::kRole:
      return kMissingRole;
    case InlinePolicyEntity::Owner::kUser:
      return kMissingUser;
    case InlinePolicyEntity::Owner::kGroup:
      return kMissingGroup;
  }
  return kMissingRole;
}

// "RoleArn", "UserArn" or "GroupArn".
std::string ArnMember(const InlinePolicyEntity& policy) {
  std::string member = absl::StrCat(policy.owner_noun(), "Arn");
  member[0] = absl::ascii_toupper(static_cast<unsigned char>(member[0]));
  return member;
}

// The name of an IAM entity in lower case: names are unique in an account,
// ignoring letter case.
std::string NameOf(absl::string_view arn) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  const std::optional<IamResource> iam =
      parsed ? IamResource::Parse(parsed->resource) : std::nullopt;
  return iam ? absl::AsciiStrToLower(iam->name) : "";
}

}  // namespace

void PoliciesApart::Add(absl::Span<const ParsedFile* const> files,
                        const Definitions<RoleEntity>& roles,
                        const Definitions<UserEntity>& users,
                        const Definitions<GroupEntity>& groups) {
  std::vector<const ParsedFile*> with_policies;
  for (const ParsedFile* file : files) {
    if (!file->entities.others().inline_policies.empty()) {
      with_policies.push_back(file);
    }
  }
  if (with_policies.empty()) return;
  AddKind(with_policies, Owner::kRole, roles);
  AddKind(with_policies, Owner::kUser, users);
  AddKind(with_policies, Owner::kGroup, groups);
}

absl::Span<const Policy* const> PoliciesApart::Of(absl::string_view arn) const {
  const auto found = policies_.find(arn);
  return found == policies_.end() ? absl::Span<const Policy* const>()
                                  : absl::MakeConstSpan(found->second.apart);
}

template <typename Entity>
void PoliciesApart::AddKind(absl::Span<const ParsedFile* const> files,
                            Owner owner, const Definitions<Entity>& owners) {
  std::optional<ByName<Entity>> names;  // indexed when somebody asks
  for (const ParsedFile* file : files) {
    for (const InlinePolicyEntity& policy :
         file->entities.others().inline_policies) {
      if (policy.owner != owner || policy.policy == nullptr ||
          policy.owner_name.empty()) {
        continue;
      }
      const Defined<Entity>* found = nullptr;
      if (!policy.owner_arn.empty()) {
        found = FindByArn(owners, policy, *file);
      } else {
        if (!names) names = IndexNames(owners);
        found = FindByName(*names, policy, *file);
      }
      if (found != nullptr) AddTo(*found, policy, *file);
    }
  }
}

template <typename Entity>
PoliciesApart::ByName<Entity> PoliciesApart::IndexNames(
    const Definitions<Entity>& owners) const {
  ByName<Entity> names;
  names.reserve(owners.size());
  for (const auto& [arn, defined] : owners) {
    names[{clashes_.FenceOf(*defined.file), NameOf(arn)}].push_back(&defined);
  }
  return names;
}

template <typename Entity>
const Defined<Entity>* PoliciesApart::FindByArn(
    const Definitions<Entity>& owners, const InlinePolicyEntity& policy,
    const ParsedFile& file) {
  const auto found = owners.find(policy.owner_arn);
  if (found == owners.end()) {
    ReportMissing(policy, file);
    return nullptr;
  }
  const Fence* const fence = clashes_.FenceOf(file);
  if (fence != nullptr && clashes_.FenceOf(*found->second.file) != fence) {
    Fault(kOutsideFence, file, policy,
          absl::StrCat("`", policy.owner_arn, "` stands outside of fence `",
                       fence->path, "`, in ", found->second.file->name()));
    return nullptr;
  }
  return &found->second;
}

template <typename Entity>
const Defined<Entity>* PoliciesApart::FindByName(
    const ByName<Entity>& names, const InlinePolicyEntity& policy,
    const ParsedFile& file) {
  const auto found = names.find(
      {clashes_.FenceOf(file), absl::AsciiStrToLower(policy.owner_name)});
  if (found == names.end()) {
    ReportMissing(policy, file);
    return nullptr;
  }
  const auto& owners = found->second;
  if (owners.size() > 1) {
    Fault(kMissingMember, file, policy,
          absl::StrCat("`", owners[0]->entity->key(), "` and `",
                       owners[1]->entity->key(), "` have this name: add `",
                       ArnMember(policy),
                       "` with the ARN of the one that has the policy"));
    return nullptr;
  }
  return owners.front();
}

template <typename Entity>
void PoliciesApart::AddTo(const Defined<Entity>& owner,
                          const InlinePolicyEntity& policy,
                          const ParsedFile& file) {
  const std::string arn(owner.entity->key());
  const auto [at, is_new] = policies_.try_emplace(arn);
  Owned& owned = at->second;
  if (is_new) {
    for (const Policy& own : owner.entity->identity.inline_policies) {
      owned.by_name.emplace(own.name(), &own);
    }
  }
  const Policy& added = *policy.policy;
  const auto [known, is_first] = owned.by_name.emplace(added.name(), &added);
  if (is_first) {
    owned.apart.push_back(&added);
  } else if (known->second->content_digest() != added.content_digest()) {
    Fault(kDuplicateDefinition, file, policy,
          absl::StrCat("`", arn, "` has another inline policy `", added.name(),
                       "`, in ", known->second->file()));
  }
}

void PoliciesApart::ReportMissing(const InlinePolicyEntity& policy,
                                  const ParsedFile& file) {
  const bool is_fenced = clashes_.FenceOf(file) != nullptr;
  Fault(
      MissingCode(policy.owner), file, policy,
      absl::StrCat(
          "no ", policy.owner_noun(), " `",
          policy.owner_arn.empty() ? policy.owner_name : policy.owner_arn,
          "` in the registry", is_fenced ? " or in the fence of this file" : "",
          ", so that nobody has this inline policy"));
}

void PoliciesApart::Fault(absl::string_view code, const ParsedFile& file,
                          const InlinePolicyEntity& policy,
                          std::string message) {
  AddToFile({Severity::kError, file.name(), policy.place.ShowPath(),
             policy.place.position, std::string(code), std::move(message)},
            faults_);
}

}  // namespace rolegate
