#include "service/audit/audit_masks.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rapidjson/pointer.h"

namespace rolegate::service {

absl::StatusOr<AuditMasks> AuditMasks::Parse(
    absl::Span<const std::string> pointers,
    absl::Span<const absl::string_view> members) {
  AuditMasks masks;
  for (const std::string& text : pointers) {
    const rapidjson::Pointer pointer(text.data(), text.size());
    if (!pointer.IsValid() || pointer.GetTokenCount() == 0 ||
        text.front() != '/') {
      return absl::InvalidArgumentError(absl::StrCat(
          "audit.masks: `", text,
          "` is no pointer to a member: expected a JSON pointer (RFC 6901) as "
          "`/reason` or `/context/aws:SourceIp`"));
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < pointer.GetTokenCount(); ++i) {
      const rapidjson::Pointer::Token& token = pointer.GetTokens()[i];
      names.emplace_back(token.name, token.length);
    }
    if (std::none_of(members.begin(), members.end(),
                     [&](absl::string_view member) {
                       return absl::EqualsIgnoreCase(member, names.front());
                     })) {
      return absl::InvalidArgumentError(
          absl::StrCat("audit.masks: `", text,
                       "` points to no member that a mask may leave "
                       "out; these are `/",
                       absl::StrJoin(members, "`, `/"), "`"));
    }
    const std::size_t index = masks.texts_.size();
    masks.texts_.push_back(text);
    if (absl::EqualsIgnoreCase(names.front(), "context")) {
      std::vector<std::string> common = names;
      common.front() = "common_context";
      masks.pointers_.push_back({std::move(common), index});
    }
    masks.pointers_.push_back({std::move(names), index});
  }
  return masks;
}

std::size_t AuditMasks::Find(absl::Span<const absl::string_view> path,
                             absl::string_view name) const {
  for (const Pointer& pointer : pointers_) {
    const std::vector<std::string>& names = pointer.names;
    if (names.size() == path.size() + 1 &&
        absl::EqualsIgnoreCase(names.back(), name) &&
        std::equal(path.begin(), path.end(), names.begin(),
                   [](absl::string_view a, absl::string_view b) {
                     return absl::EqualsIgnoreCase(a, b);
                   })) {
      return pointer.text;
    }
  }
  return npos;
}

}  // namespace rolegate::service
