#include "engine/registry/resource_policy_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/json/json_document.h"
#include "engine/registry/policy_reader.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

bool HasWildcard(absl::string_view text) {
  return text.find_first_of("*?$") != absl::string_view::npos;
}

// The pattern of a resource, checked.
std::string ReadPattern(const ObjectReader& object) {
  std::string pattern = object.String("ResourceArn", /*required=*/true);
  if (pattern.empty() || pattern == "*") return pattern;
  const std::optional<Arn> arn = Arn::Parse(pattern);
  if (!arn) {
    object.Fault(
        kInvalidMember, "ResourceArn",
        absl::StrCat("`", pattern, "` is neither an ARN of six parts nor `*`"));
  } else if (IsDigits(arn->account) && !IsAccountId(arn->account)) {
    object.Fault(kInvalidMember, "ResourceArn",
                 absl::StrCat("`", pattern, "` names no resource: ",
                              kAccountHasTwelveDigits));
  }
  return pattern;
}

// The resource that a pattern of a statement belongs to: the bucket of
// `arn:aws:s3:::bucket/*`, or the resource itself.  Empty if wildcards hide it.
std::string ResourceOf(absl::string_view pattern) {
  const std::optional<Arn> arn = Arn::Parse(pattern);
  if (!arn) return "";
  absl::string_view whole = pattern;
  if (arn->service == "s3" && arn->account.empty()) {
    whole.remove_suffix(
        arn->resource.size() -
        arn->resource.substr(0, arn->resource.find('/')).size());
  }
  return HasWildcard(whole) ? "" : std::string(whole);
}

// The resource that all statements of the document are about; empty if they
// are about several, or do not show it.
std::string CommonResource(const JsonNode& document) {
  std::string common;
  bool clear = true;
  const auto add = [&](const JsonNode& pattern) {
    const std::string resource =
        pattern.is_string() ? ResourceOf(pattern.text()) : "";
    clear =
        clear && !resource.empty() && (common.empty() || common == resource);
    common = resource;
  };
  const auto add_statement = [&](const JsonNode& statement) {
    const JsonNode* const resource = statement.Find("Resource");
    if (resource == nullptr) {
      clear = false;
    } else if (resource->is_array()) {
      for (const JsonNode& pattern : resource->elements()) add(pattern);
    } else {
      add(*resource);
    }
  };
  const JsonNode* const statements = document.Find("Statement");
  if (statements == nullptr) return "";
  if (statements->is_object()) add_statement(*statements);
  for (const JsonNode& statement : statements->elements()) {
    add_statement(statement);
  }
  return clear ? common : "";
}

// The same for a document that may stand as text in a string.
std::string ResourceOfDocument(const JsonNode& document,
                               const RegistryOptions& options) {
  if (!document.is_string()) return CommonResource(document);
  JsonLimits limits;
  limits.max_bytes = options.limits.max_policy_bytes;
  limits.max_depth = options.limits.max_policy_depth;
  JsonParseError error;
  const std::unique_ptr<JsonDocument> parsed =
      JsonDocument::Parse(std::string(document.text()), limits, &error);
  return parsed == nullptr ? "" : CommonResource(parsed->root());
}

std::optional<ResourcePolicyEntity> Finish(ResourcePolicyEntity entity,
                                           const ObjectReader& object,
                                           absl::string_view member,
                                           const RegistryOptions& options,
                                           FileFaults& faults) {
  const JsonNode* const document = object.Find(member);
  if (document == nullptr) {
    object.Fault(kMissingMember, member,
                 absl::StrCat("`", member, "` is missing"));
    return std::nullopt;
  }
  entity.policy =
      ReadPolicyDocument(*document, PolicyKind::kResource, entity.pattern,
                         object.PathOf(member), options, faults);
  return entity;
}

}  // namespace

std::optional<ResourcePolicyEntity> ReadResourcePolicy(
    const ObjectReader& object, const RegistryOptions& options,
    FileFaults& faults) {
  object.ExpectMembers(members::kResourcePolicy);
  ResourcePolicyEntity entity;
  entity.place = object.place();
  entity.pattern = ReadPattern(object);
  return Finish(std::move(entity), object, "PolicyDocument", options, faults);
}

std::optional<ResourcePolicyEntity> ReadBucketPolicy(
    const ObjectReader& object, const RegistryOptions& options,
    FileFaults& faults) {
  object.ExpectMembers(members::kBucketPolicyAnswer);
  ResourcePolicyEntity entity;
  entity.place = object.place();
  if (object.Find("ResourceArn") != nullptr) {
    entity.pattern = ReadPattern(object);
  } else {
    entity.pattern = ResourceOfDocument(*object.Find("Policy"), options);
    if (entity.pattern.empty()) {
      object.Fault(kMissingMember, "ResourceArn",
                   "the statements do not show of which one resource this "
                   "policy is: add `\"ResourceArn\": \"ARN\"` beside "
                   "`Policy`");
    }
  }
  return Finish(std::move(entity), object, "Policy", options, faults);
}

}  // namespace rolegate
