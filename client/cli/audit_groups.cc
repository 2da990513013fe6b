#include "client/cli/audit_groups.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/json_output.h"
#include "engine/text/plural.h"
#include "engine/text/printable.h"
#include "engine/text/text.h"

namespace rolegate::cli {
namespace {

constexpr std::size_t kMaxShownName = 256;

using SafePage = rapidjson::PrettyWriter<rapidjson::StringBuffer,
                                         rapidjson::UTF8<>, rapidjson::ASCII<>>;

absl::string_view PrincipalOf(const AuditEntry& entry) {
  if (!entry.principal_session.role_arn.empty()) {
    return entry.principal_session.role_arn;
  }
  if (!entry.principal.empty()) return entry.principal;
  return entry.session.role_arn.empty() ? entry.caller : entry.session.role_arn;
}

std::string Cut(absl::string_view text) {
  return std::string(CutToBytes(text, kMaxShownName));
}

std::string OrDash(absl::string_view text) {
  return text.empty() ? "-" : Printable(text);
}

}  // namespace

void AuditGroups::Add(const AuditEntry& entry) {
  ++total_;
  is_sampled_ = is_sampled_ || entry.is_sampled;
  Group group{entry.decision.has_value()
                  ? std::string(VerdictName(*entry.decision))
                  : Cut(entry.kind_name),
              Cut(PrincipalOf(entry)), Cut(entry.action), 0, 0};
  const auto key_of = [](const Group& of) {
    return absl::StrCat(of.decision, "\n", of.principal, "\n", of.action);
  };
  auto found = groups_.find(key_of(group));
  if (found == groups_.end() && groups_.size() >= max_groups_) {
    group.decision = "others";
    group.principal.clear();
    group.action.clear();
    found = groups_.find(key_of(group));
  }
  if (found == groups_.end()) {
    std::string key = key_of(group);
    found = groups_.emplace(std::move(key), std::move(group)).first;
  }
  ++found->second.count;
  found->second.estimate += entry.weight;
}

std::vector<AuditGroups::Group> AuditGroups::Sorted() const {
  std::vector<Group> sorted;
  sorted.reserve(groups_.size());
  for (const auto& [key, group] : groups_) sorted.push_back(group);
  std::sort(sorted.begin(), sorted.end(), [](const Group& a, const Group& b) {
    return std::tie(b.count, a.principal, a.action, a.decision) <
           std::tie(a.count, b.principal, b.action, b.decision);
  });
  return sorted;
}

std::string AuditGroups::Text() const {
  std::string text;
  for (const Group& group : Sorted()) {
    absl::StrAppend(
        &text, absl::StrFormat("%-6d", group.count),
        is_sampled_
            ? absl::StrFormat(" (about %.0f)", std::round(group.estimate))
            : "",
        "  ", absl::StrFormat("%-13s", Printable(group.decision)), "  ",
        OrDash(group.principal), "  ", OrDash(group.action), "\n");
  }
  return absl::StrCat(text, Count(total_, "record"), "\n");
}

std::string AuditGroups::Json() const {
  rapidjson::StringBuffer buffer;
  SafePage writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartArray();
  for (const Group& group : Sorted()) {
    writer.StartObject();
    WriteMember(writer, "decision", group.decision);
    WriteMember(writer, "principal", group.principal);
    WriteMember(writer, "action", group.action);
    writer.Key("count");
    writer.Uint64(group.count);
    writer.Key("estimated_count");
    writer.Double(group.estimate);
    writer.EndObject();
  }
  writer.EndArray();
  return absl::StrCat(buffer.GetString(), "\n");
}

}  // namespace rolegate::cli
