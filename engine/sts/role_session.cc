#include "engine/sts/role_session.h"

#include "absl/strings/str_cat.h"
#include "engine/text/arn.h"

namespace rolegate {

std::string RoleSession::arn() const {
  const std::optional<Arn> role = Arn::Parse(role_arn);
  if (!role) return "";
  const absl::string_view name =
      role->resource.substr(role->resource.rfind('/') + 1);
  return absl::StrCat("arn:", role->partition, ":sts::", role->account,
                      ":assumed-role/", name, "/", session_name);
}

std::string RoleSession::assumed_role_id() const {
  return absl::StrCat(role_id, ":", session_name);
}

}  // namespace rolegate
