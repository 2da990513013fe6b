#include "engine/registry/identity_reader.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/registry/policy_reader.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

template <typename F>
void ForEachOf(const ObjectReader& object, absl::string_view member, F read) {
  const absl::Span<const JsonNode> nodes = object.List(member);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    read(nodes[i], absl::StrCat(object.PathOf(member), "[", i, "]"));
  }
}

void ExpectEqual(const ObjectReader& object, absl::string_view member,
                 absl::string_view of_arn) {
  const std::string given = object.String(member);
  if (object.Find(member) == nullptr || given == of_arn) return;
  object.Fault(kInvalidMember, member,
               absl::StrCat("`", given,
                            "` disagrees with the ARN, which has "
                            "`",
                            of_arn, "`"));
}

void ReadInlinePolicy(const JsonNode& node, std::string path,
                      const RegistryOptions& options, FileFaults& faults,
                      IdentityEntity* identity) {
  const ObjectReader object(node, std::move(path), options, faults);
  if (!object.valid()) return;
  object.ExpectMembers(members::kInlinePolicy);
  std::string name = object.String("PolicyName", /*required=*/true);
  const JsonNode* const document = object.Find("PolicyDocument");
  if (document == nullptr) {
    object.Fault(kMissingMember, "PolicyDocument",
                 "`PolicyDocument` is missing");
    return;
  }
  std::optional<Policy> policy =
      ReadOwnPolicy(*document, PolicyKind::kIdentity, std::move(name),
                    object.PathOf("PolicyDocument"), options, faults);
  if (policy) identity->inline_policies.push_back(*std::move(policy));
}

// The words of an entity that has inline policies.
struct InlineOwner {
  InlinePolicyEntity::Owner owner;
  absl::string_view type;
  absl::string_view name_member;
  absl::string_view arn_member;
  const KnownMembers& members;
};
const InlineOwner kInlineOwners[] = {
    {InlinePolicyEntity::Owner::kRole, "role", "RoleName", "RoleArn",
     members::kRolePolicyAnswer},
    {InlinePolicyEntity::Owner::kUser, "user", "UserName", "UserArn",
     members::kUserPolicyAnswer},
    {InlinePolicyEntity::Owner::kGroup, "group", "GroupName", "GroupArn",
     members::kGroupPolicyAnswer},
};

}  // namespace

IamIdentity ReadIamIdentity(const ObjectReader& object, absl::string_view type,
                            absl::string_view name_member,
                            absl::string_view arn_member) {
  IamIdentity identity;
  identity.arn = object.String(arn_member, /*required=*/true);
  if (identity.arn.empty()) return identity;
  const std::optional<Arn> arn = Arn::Parse(identity.arn);
  const std::optional<IamResource> iam =
      arn ? IamResource::Parse(arn->resource) : std::nullopt;
  if (!iam || arn->service != "iam" || iam->type != type ||
      !IsAccountId(arn->account) || !arn->region.empty() ||
      identity.arn.find_first_of("*?") != std::string::npos) {
    const bool is_account_wrong =
        arn && !arn->account.empty() && !IsAccountId(arn->account);
    object.Fault(kInvalidMember, arn_member,
                 absl::StrCat("`", identity.arn, "` is not the ARN of a ", type,
                              is_account_wrong ? ": " : "",
                              is_account_wrong ? kAccountHasTwelveDigits : ""));
    return identity;
  }
  identity.account = std::string(arn->account);
  identity.name = std::string(iam->name);
  identity.path = std::string(iam->path);
  ExpectEqual(object, name_member, identity.name);
  ExpectEqual(object, "Path", identity.path);
  return identity;
}

IdentityEntity ReadIdentityPolicies(const ObjectReader& object,
                                    absl::string_view inline_member,
                                    const RegistryOptions& options,
                                    FileFaults& faults) {
  IdentityEntity identity;
  identity.inline_policies.reserve(object.List(inline_member).size());
  ForEachOf(object, inline_member, [&](const JsonNode& node, std::string path) {
    ReadInlinePolicy(node, std::move(path), options, faults, &identity);
  });
  std::vector<std::string> attached_arns;
  ForEachOf(object, "AttachedManagedPolicies",
            [&](const JsonNode& node, std::string path) {
              const ObjectReader attached(node, std::move(path), options,
                                          faults);
              attached.ExpectMembers(members::kAttachedPolicy);
              attached_arns.push_back(
                  attached.String("PolicyArn", /*required=*/true));
            });
  identity.attached_arns = PackedTexts(std::vector<absl::string_view>(
      attached_arns.begin(), attached_arns.end()));
  if (const JsonNode* node = object.Find("PermissionsBoundary")) {
    const ObjectReader boundary(*node, object.PathOf("PermissionsBoundary"),
                                options, faults);
    boundary.ExpectMembers(members::kBoundary);
    identity.boundary_arn = std::make_unique<const std::string>(
        boundary.String("PermissionsBoundaryArn", /*required=*/true));
  }
  return identity;
}

std::optional<InlinePolicyEntity> ReadInlinePolicyAnswer(
    const ObjectReader& object, const RegistryOptions& options,
    FileFaults& faults) {
  const InlineOwner* owner = &kInlineOwners[0];
  int owners = 0;
  for (const InlineOwner& each : kInlineOwners) {
    if (object.Find(each.name_member) == nullptr) continue;
    owner = &each;
    ++owners;
  }
  if (owners > 1) {
    object.Fault(kInvalidMember, owner->name_member,
                 "expected one of `RoleName`, `UserName` and `GroupName`");
  }
  object.ExpectMembers(owner->members);
  InlinePolicyEntity entity;
  entity.owner = owner->owner;
  entity.place = object.place();
  entity.owner_name = object.String(owner->name_member, /*required=*/true);
  if (object.Find(owner->arn_member) != nullptr) {
    entity.owner_arn = ReadIamIdentity(object, owner->type, owner->name_member,
                                       owner->arn_member)
                           .arn;
  }
  std::string name = object.String("PolicyName", /*required=*/true);
  const JsonNode* const document = object.Find("PolicyDocument");
  if (document == nullptr) {
    object.Fault(kMissingMember, "PolicyDocument",
                 "`PolicyDocument` is missing");
    return std::nullopt;
  }
  entity.policy =
      ReadPolicyDocument(*document, PolicyKind::kIdentity, std::move(name),
                         object.PathOf("PolicyDocument"), options, faults);
  return entity;
}

}  // namespace rolegate
