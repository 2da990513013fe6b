#include "engine/registry/managed_policy_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/policy_reader.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr absl::string_view kScpType = "SERVICE_CONTROL_POLICY";
constexpr absl::string_view kRcpType = "RESOURCE_CONTROL_POLICY";

// Policies of the organisation are control policies; those whose statements
// have a Principal are for resources.
PolicyKind KindOfManagedPolicy(const std::optional<Arn>& arn,
                               const JsonNode& document) {
  if (!arn || arn->service != "organizations") return PolicyKind::kIdentity;
  const JsonNode* const statements = document.Find("Statement");
  const bool has_principal =
      statements != nullptr &&
      (statements->Find("Principal") != nullptr ||
       std::any_of(
           statements->elements().begin(), statements->elements().end(),
           [](const JsonNode& s) { return s.Find("Principal") != nullptr; }));
  return has_principal ? PolicyKind::kRcp : PolicyKind::kScp;
}

// A document with its place in the file.
struct FoundDocument {
  const JsonNode* node = nullptr;  // null: there is none
  std::string path;
};

// Finds the document of the default version among the versions.
FoundDocument FindInVersions(const ObjectReader& object,
                             const std::string& wanted,
                             const RegistryOptions& options,
                             FileFaults& faults) {
  FoundDocument found;
  int index = -1;
  for (const JsonNode& node : object.List("PolicyVersionList")) {
    const ObjectReader version(
        node,
        absl::StrCat(object.PathOf("PolicyVersionList"), "[", ++index, "]"),
        options, faults);
    version.ExpectMembers(members::kPolicyVersion);
    const bool is_wanted = version.String("VersionId", true) == wanted;
    if (version.Find("IsDefaultVersion") != nullptr &&
        version.Bool("IsDefaultVersion") != is_wanted) {
      version.Fault(kInvalidMember, "IsDefaultVersion",
                    absl::StrCat("disagrees with `DefaultVersionId`, which "
                                 "is `",
                                 wanted, "`"));
    }
    if (!is_wanted) continue;
    found.node = version.Find("Document");
    found.path = version.PathOf("Document");
  }
  return found;
}

// Finds the document of a version that stands by itself.  It must be the one
// that is in force.
FoundDocument FindInVersion(const ObjectReader& version,
                            const std::string& wanted) {
  version.ExpectMembers(members::kPolicyVersion);
  if (version.Find("IsDefaultVersion") != nullptr &&
      !version.Bool("IsDefaultVersion")) {
    version.Fault(kInvalidMember, "IsDefaultVersion",
                  "is not the version that is in force: get the version that "
                  "`DefaultVersionId` of `aws iam get-policy` names");
  }
  const std::string id = version.String("VersionId");
  if (!wanted.empty() && !id.empty() && id != wanted) {
    version.Fault(kInvalidMember, "VersionId",
                  absl::StrCat("`", id,
                               "` is not the version in force, which "
                               "is `",
                               wanted, "`"));
  }
  FoundDocument found{version.Find("Document"), version.PathOf("Document")};
  if (found.node == nullptr && version.valid()) {
    version.Fault(kMissingMember, "Document", "`Document` is missing");
  }
  return found;
}

// Reads the ARN and the name, which must agree.
ManagedPolicyEntity ReadNames(const ObjectReader& object) {
  ManagedPolicyEntity entity;
  entity.place = object.place();
  entity.arn = object.String("Arn", /*required=*/true);
  entity.name = object.String("PolicyName", /*required=*/true);
  entity.version = object.String("DefaultVersionId");
  return entity;
}

void CheckNames(const ObjectReader& object, absl::string_view member,
                const ManagedPolicyEntity& entity) {
  if (entity.arn.empty()) return;
  const std::optional<Arn> arn = Arn::Parse(entity.arn);
  if (!arn || !absl::StartsWith(arn->resource, "policy/") ||
      (arn->service == "iam" &&
       !absl::EndsWith(arn->resource, absl::StrCat("/", entity.name)))) {
    object.Fault(
        kInvalidMember, member,
        absl::StrCat("`", entity.arn, "` is not the ARN of a policy named `",
                     entity.name, "`"));
  } else if (arn->account != "aws" && !IsAccountId(arn->account)) {
    object.Fault(kInvalidMember, member,
                 absl::StrCat("`", entity.arn, "` is not the ARN of a policy: ",
                              kAccountHasTwelveDigits));
  }
}

std::optional<ManagedPolicyEntity> Finish(ManagedPolicyEntity entity,
                                          FoundDocument document,
                                          PolicyKind kind,
                                          const RegistryOptions& options,
                                          FileFaults& faults) {
  entity.policy = ReadPolicyDocument(*document.node, kind, entity.arn,
                                     std::move(document.path), options, faults);
  return entity;
}

std::optional<ManagedPolicyEntity> ReadIamPolicy(const ObjectReader& object,
                                                 const ObjectReader* version,
                                                 const RegistryOptions& options,
                                                 FileFaults& faults) {
  if (!object.valid()) return std::nullopt;
  object.ExpectMembers(members::kManagedPolicy);
  ManagedPolicyEntity entity = ReadNames(object);
  CheckNames(object, "Arn", entity);
  FoundDocument document;
  if (version != nullptr) {
    document = FindInVersion(*version, entity.version);
    if (document.node == nullptr) return std::nullopt;
  } else if (const JsonNode* own = object.Find("PolicyDocument")) {
    document = {own, object.PathOf("PolicyDocument")};
  } else {
    document = FindInVersions(object, entity.version, options, faults);
  }
  if (document.node == nullptr) {
    object.Fault(
        kMissingMember, "PolicyVersionList",
        "a managed policy must have a `PolicyDocument`, or a "
        "`PolicyVersionList` with the default version's document: `aws iam "
        "get-policy` and `aws iam list-policies` print none, "
        "`aws iam get-account-authorization-details` does");
    return std::nullopt;
  }
  const PolicyKind kind =
      KindOfManagedPolicy(Arn::Parse(entity.arn), *document.node);
  return Finish(std::move(entity), std::move(document), kind, options, faults);
}

// What `aws organizations describe-policy` prints.
std::optional<ManagedPolicyEntity> ReadOrganizationPolicy(
    const ObjectReader& object, const RegistryOptions& options,
    FileFaults& faults) {
  object.ExpectMembers(members::kOrganizationPolicy);
  const ObjectReader summary(*object.Find("PolicySummary"),
                             object.PathOf("PolicySummary"), options, faults);
  if (!summary.valid()) return std::nullopt;
  summary.ExpectMembers(members::kPolicySummary);
  ManagedPolicyEntity entity;
  entity.place = object.place();
  entity.arn = summary.String("Arn", /*required=*/true);
  entity.name = summary.String("Name", /*required=*/true);
  const std::string type = summary.String("Type", /*required=*/true);
  if (type != kScpType && type != kRcpType) {
    if (!type.empty()) {
      summary.Fault(kInvalidMember, "Type",
                    absl::StrCat("a policy of type `", type,
                                 "` decides about no request: remove the "
                                 "file, expected `",
                                 kScpType, "` or `", kRcpType, "`"));
    }
    return std::nullopt;
  }
  const std::optional<Arn> arn = Arn::Parse(entity.arn);
  if (!entity.arn.empty() && (!arn || arn->service != "organizations")) {
    summary.Fault(kInvalidMember, "Arn",
                  absl::StrCat("`", entity.arn,
                               "` is not the ARN of an organization's policy"));
  } else {
    CheckNames(summary, "Arn", entity);
  }
  FoundDocument document{object.Find("Content"), object.PathOf("Content")};
  if (document.node == nullptr) {
    object.Fault(kMissingMember, "Content", "`Content` is missing");
    return std::nullopt;
  }
  return Finish(std::move(entity), std::move(document),
                type == kRcpType ? PolicyKind::kRcp : PolicyKind::kScp, options,
                faults);
}

// What `aws iam get-policy-version` prints, with the ARN beside it.
std::optional<ManagedPolicyEntity> ReadVersionAnswer(
    const ObjectReader& answer, const ObjectReader& version,
    const RegistryOptions& options, FileFaults& faults) {
  answer.ExpectMembers(members::kPolicyVersionAnswer);
  ManagedPolicyEntity entity;
  entity.place = answer.place();
  entity.arn = answer.String("Arn");
  if (entity.arn.empty()) {
    answer.Fault(kMissingMember, "Arn",
                 "a version does not say of which policy it is: add `\"Arn\": "
                 "\"arn:aws:iam::ACCOUNT:policy/NAME\"` beside "
                 "`PolicyVersion`");
    return std::nullopt;
  }
  entity.name = entity.arn.substr(entity.arn.find_last_of('/') + 1);
  entity.version = version.String("VersionId");
  CheckNames(answer, "Arn", entity);
  FoundDocument document = FindInVersion(version, "");
  if (document.node == nullptr) return std::nullopt;
  const PolicyKind kind =
      KindOfManagedPolicy(Arn::Parse(entity.arn), *document.node);
  return Finish(std::move(entity), std::move(document), kind, options, faults);
}

}  // namespace

std::optional<ManagedPolicyEntity> ReadManagedPolicy(
    const JsonNode& node, std::string path, const RegistryOptions& options,
    FileFaults& faults) {
  return ReadIamPolicy(ObjectReader(node, std::move(path), options, faults),
                       nullptr, options, faults);
}

std::optional<ManagedPolicyEntity> ReadPolicyAnswer(
    const ObjectReader& answer, const RegistryOptions& options,
    FileFaults& faults) {
  std::optional<ObjectReader> version;
  if (const JsonNode* node = answer.Find("PolicyVersion")) {
    version.emplace(*node, answer.PathOf("PolicyVersion"), options, faults);
  }
  const JsonNode* const policy = answer.Find("Policy");
  if (policy == nullptr) {
    if (!version) return std::nullopt;  // `Policy` is null
    return ReadVersionAnswer(answer, *version, options, faults);
  }
  answer.ExpectMembers(members::kPolicyAnswer);
  const ObjectReader object(*policy, answer.PathOf("Policy"), options, faults);
  if (object.Find("PolicySummary") != nullptr) {
    return ReadOrganizationPolicy(object, options, faults);
  }
  return ReadIamPolicy(object, version ? &*version : nullptr, options, faults);
}

}  // namespace rolegate
