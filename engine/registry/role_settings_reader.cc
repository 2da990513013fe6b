#include "engine/registry/role_settings_reader.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

namespace rolegate {
namespace {

constexpr int kMinSessionSeconds = 3600;
constexpr int kMaxSessionSeconds = 43200;
constexpr int kMinChainedSeconds = 900;

std::optional<BindingKind> RequiredBinding(const ObjectReader& object) {
  constexpr absl::string_view kMember = "RequireBoundSessions";
  if (object.Find(kMember) == nullptr) return std::nullopt;
  const std::string text = object.String(kMember);
  for (BindingKind kind : {BindingKind::kSpiffe, BindingKind::kCertificate}) {
    if (text == BindingKindName(kind)) return kind;
  }
  object.Fault(
      kInvalidMember, kMember,
      absl::StrCat("`", text, "` is neither `SPIFFE` nor `CERTIFICATE`"));
  return std::nullopt;
}

}  // namespace

RoleSettingsEntity ReadRoleSettingMembers(const ObjectReader& object) {
  RoleSettingsEntity settings;
  settings.max_session_seconds = object.Integer(
      "MaxSessionDuration", kMinSessionSeconds, kMaxSessionSeconds);
  settings.max_chained_session_seconds = object.Integer(
      "MaxChainedSessionDuration", kMinChainedSeconds, kMaxSessionSeconds);
  settings.required_binding = RequiredBinding(object);
  return settings;
}

}  // namespace rolegate
