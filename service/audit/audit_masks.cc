#include "service/audit/audit_masks.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rapidjson/pointer.h"

namespace rolegate::service {
namespace {

// The condition keys stand in a line, or in CloudTrail's `requestParameters`.
constexpr std::size_t kContextDepth = 2;

}  // namespace

absl::StatusOr<AuditMasks> AuditMasks::Parse(
    absl::Span<const std::string> pointers,
    absl::Span<const MaskableMember> members) {
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
    const auto member = std::find_if(
        members.begin(), members.end(), [&](const MaskableMember& each) {
          return absl::EqualsIgnoreCase(each.name, names.front());
        });
    if (member == members.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "audit.masks: `", text,
          "` points to no member that a mask may leave out; these are `/",
          absl::StrJoin(members, "`, `/",
                        [](std::string* out, const MaskableMember& each) {
                          absl::StrAppend(out, each.name);
                        }),
          "`"));
    }
    if (names.size() > 1 && !member->is_object) {
      return absl::InvalidArgumentError(absl::StrCat(
          "audit.masks: `", text, "` points into `", member->name,
          "`, which has no members: expected `/", member->name, "`"));
    }
    const std::size_t index = masks.texts_.size();
    masks.texts_.push_back(text);
    for (std::size_t i = 0; i < names.size() && i < kContextDepth; ++i) {
      if (!absl::EqualsIgnoreCase(names[i], "context")) continue;
      for (const char* const common : {"common_context", "commonContext"}) {
        std::vector<std::string> twin = names;
        twin[i] = common;
        masks.pointers_.push_back({std::move(twin), index});
      }
      break;
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
