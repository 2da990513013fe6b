#include "engine/decide/request.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "engine/text/arn.h"

namespace rolegate {
namespace {

// Rule 126: the actions that a role's trust policy governs.
constexpr absl::string_view kTrustActions[] = {
    "sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml",
    "sts:tagsession", "sts:setsourceidentity",
};

}  // namespace

// Rule 41.
absl::string_view ResolveResourceAccount(absl::string_view named,
                                         const ResourceName& resource,
                                         const Principal& principal) {
  if (!named.empty()) return named;
  if (!resource.account().empty()) return resource.account();
  return principal.account;
}

bool IsTrustRequest(const ActionName& action, const ResourceName& resource) {
  if (action.folded_prefix() != "sts") return false;
  if (std::find(std::begin(kTrustActions), std::end(kTrustActions),
                action.folded()) == std::end(kTrustActions)) {
    return false;
  }
  const std::optional<Arn> arn = Arn::Parse(resource.text());
  return arn && arn->service == "iam" && arn->resource.substr(0, 5) == "role/";
}

}  // namespace rolegate
