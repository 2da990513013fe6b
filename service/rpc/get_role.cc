#include <string>

#include "absl/strings/str_cat.h"
#include "service/answer/proto_conversions.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {

Outcome HandleGetRole(Call& call, const v1::GetRoleRequest& request,
                      v1::GetRoleResponse* response) {
  if (request.role_arn().empty()) {
    return InvalidField("role_arn", "expected the ARN of a role");
  }
  const Role* const role = call.snapshot()->FindRole(request.role_arn());
  if (role == nullptr) {
    return ApiError{ErrorCode::kNoSuchEntity,
                    absl::StrCat("the registry holds no role `",
                                 request.role_arn().substr(0, 2048), "`"),
                    {}};
  }
  RoleToProto(*role, response->mutable_role());
  for (const Policy* policy : role->identity.policies) {
    response->add_policies(std::string(policy->name()));
  }
  if (role->identity.boundary != nullptr) {
    response->set_permissions_boundary_arn(
        std::string(role->identity.boundary->name()));
  }
  for (const Tag& tag : role->tags()) {
    v1::Tag* const added = response->add_tags();
    added->set_key(tag.key);
    added->set_value(tag.value);
  }
  response->set_file(role->file());
  return Outcome::Answered();
}

}  // namespace rolegate::service
