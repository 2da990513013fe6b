#include "engine/registry/policies_apart.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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

bool HasName(absl::string_view arn, absl::string_view name) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  const std::optional<IamResource> iam =
      parsed ? IamResource::Parse(parsed->resource) : std::nullopt;
  return iam && absl::EqualsIgnoreCase(iam->name, name);
}

}  // namespace

void PoliciesApart::Add(absl::Span<const ParsedFile* const> files,
                        const Definitions<RoleEntity>& roles,
                        const Definitions<UserEntity>& users,
                        const Definitions<GroupEntity>& groups) {
  for (const ParsedFile* file : files) {
    for (const InlinePolicyEntity& policy :
         file->entities.others().inline_policies) {
      if (policy.policy == nullptr || policy.owner_name.empty()) continue;
      switch (policy.owner) {
        case InlinePolicyEntity::Owner::kRole:
          AddTo(roles, policy, *file);
          break;
        case InlinePolicyEntity::Owner::kUser:
          AddTo(users, policy, *file);
          break;
        case InlinePolicyEntity::Owner::kGroup:
          AddTo(groups, policy, *file);
          break;
      }
    }
  }
}

absl::Span<const Policy* const> PoliciesApart::Of(absl::string_view arn) const {
  const auto found = policies_.find(arn);
  return found == policies_.end() ? absl::Span<const Policy* const>()
                                  : absl::MakeConstSpan(found->second);
}

template <typename Entity>
void PoliciesApart::AddTo(const Definitions<Entity>& owners,
                          const InlinePolicyEntity& policy,
                          const ParsedFile& file) {
  const Defined<Entity>* const owner = FindOwner(owners, policy, file);
  if (owner == nullptr) return;
  const std::string arn(owner->entity->key());
  std::vector<const Policy*>& known = policies_[arn];
  const auto is_known = [&](const Policy& other) {
    if (other.name() != policy.policy->name()) return false;
    if (other.content_digest() == policy.policy->content_digest()) return true;
    Fault(kDuplicateDefinition, file, policy,
          absl::StrCat("`", arn, "` has another inline policy `", other.name(),
                       "`, in ", other.file()));
    return true;
  };
  for (const Policy& own : owner->entity->identity.inline_policies) {
    if (is_known(own)) return;
  }
  for (const Policy* other : known) {
    if (is_known(*other)) return;
  }
  known.push_back(policy.policy.get());
}

template <typename Entity>
const Defined<Entity>* PoliciesApart::FindOwner(
    const Definitions<Entity>& owners, const InlinePolicyEntity& policy,
    const ParsedFile& file) {
  const Fence* const fence = clashes_.FenceOf(file);
  const auto report_missing = [&] {
    Fault(MissingCode(policy.owner), file, policy,
          absl::StrCat(
              "no ", policy.owner_noun(), " `",
              policy.owner_arn.empty() ? policy.owner_name : policy.owner_arn,
              "` in the registry",
              fence == nullptr ? "" : " or in the fence of this file",
              ", so that nobody has this inline policy"));
  };
  if (!policy.owner_arn.empty()) {
    const auto found = owners.find(policy.owner_arn);
    if (found == owners.end()) {
      report_missing();
      return nullptr;
    }
    if (fence != nullptr && clashes_.FenceOf(*found->second.file) != fence) {
      Fault(kOutsideFence, file, policy,
            absl::StrCat("`", policy.owner_arn, "` stands outside of fence `",
                         fence->path, "`, in ", found->second.file->name()));
      return nullptr;
    }
    return &found->second;
  }
  const Defined<Entity>* only = nullptr;
  for (const auto& [arn, defined] : owners) {
    if (!HasName(arn, policy.owner_name) ||
        clashes_.FenceOf(*defined.file) != fence) {
      continue;
    }
    if (only != nullptr) {
      Fault(kMissingMember, file, policy,
            absl::StrCat("`", only->entity->key(), "` and `", arn,
                         "` have this name: add `", ArnMember(policy),
                         "` with the ARN of the one that has the policy"));
      return nullptr;
    }
    only = &defined;
  }
  if (only == nullptr) report_missing();
  return only;
}

void PoliciesApart::Fault(absl::string_view code, const ParsedFile& file,
                          const InlinePolicyEntity& policy,
                          std::string message) {
  AddToFile({Severity::kError, file.name(), policy.place.ShowPath(),
             policy.place.position, std::string(code), std::move(message)},
            faults_);
}

}  // namespace rolegate
