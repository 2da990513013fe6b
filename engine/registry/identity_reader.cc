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

constexpr absl::string_view kInlinePolicyMembers[] = {"PolicyName",
                                                      "PolicyDocument"};
constexpr absl::string_view kAttachedPolicyMembers[] = {"PolicyName",
                                                        "PolicyArn"};
constexpr absl::string_view kBoundaryMembers[] = {"PermissionsBoundaryType",
                                                  "PermissionsBoundaryArn"};

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
  object.ExpectMembers(kInlinePolicyMembers);
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

}  // namespace

IamIdentity ReadIamIdentity(const ObjectReader& object, absl::string_view type,
                            absl::string_view name_member) {
  IamIdentity identity;
  identity.arn = object.String("Arn", /*required=*/true);
  if (identity.arn.empty()) return identity;
  const std::optional<Arn> arn = Arn::Parse(identity.arn);
  const std::optional<IamResource> iam =
      arn ? IamResource::Parse(arn->resource) : std::nullopt;
  if (!iam || arn->service != "iam" || iam->type != type ||
      !IsAccountId(arn->account) || !arn->region.empty() ||
      identity.arn.find_first_of("*?") != std::string::npos) {
    object.Fault(
        kInvalidMember, "Arn",
        absl::StrCat("`", identity.arn, "` is not the ARN of a ", type));
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
              attached.ExpectMembers(kAttachedPolicyMembers);
              attached_arns.push_back(
                  attached.String("PolicyArn", /*required=*/true));
            });
  identity.attached_arns = PackedTexts(std::vector<absl::string_view>(
      attached_arns.begin(), attached_arns.end()));
  if (const JsonNode* node = object.Find("PermissionsBoundary")) {
    const ObjectReader boundary(*node, object.PathOf("PermissionsBoundary"),
                                options, faults);
    boundary.ExpectMembers(kBoundaryMembers);
    identity.boundary_arn = std::make_unique<const std::string>(
        boundary.String("PermissionsBoundaryArn", /*required=*/true));
  }
  return identity;
}

}  // namespace rolegate
