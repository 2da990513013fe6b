#include "engine/policy/resource_name.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

bool HasWildcard(absl::string_view text) {
  // For a short text find_first_of costs more, which begins with a table.
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '*' || c == '?'; });
}

}  // namespace

absl::StatusOr<ResourceName> ResourceName::Parse(absl::string_view text) {
  ResourceName resource;
  resource.text_ = text;
  resource.last_part_ = text.size();
  if (text == "*") return resource;
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the resource is longer than ", kMaxBytes, " characters"));
  }
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn) {
    return absl::InvalidArgumentError(absl::StrCat(
        "resource `", text.substr(0, 256), "` is neither an ARN nor `*`"));
  }
  const std::size_t last_part = text.size() - arn->resource.size();
  if (HasWildcard(text.substr(0, last_part))) {
    return absl::InvalidArgumentError(
        absl::StrCat("resource `", text.substr(0, 256),
                     "` has a wildcard; ask about one resource"));
  }
  resource.account_ = arn->account;
  resource.last_part_ = last_part;
  return resource;
}

}  // namespace rolegate
