#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/answer/proto_conversions.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;

}  // namespace

Outcome HandleListRoles(Call& call, const v1::ListRolesRequest& request,
                        v1::ListRolesResponse* response) {
  const int size =
      request.page_size() == 0 ? kDefaultPage : request.page_size();
  if (size < 1 || size > kMaxPage) {
    return InvalidField("page_size", absl::StrCat("expected 1 to ", kMaxPage));
  }
  // The token is the last ARN that was given, so that a page goes on at the
  // right place in whatever generation is in force then.
  std::string after;
  if (!absl::WebSafeBase64Unescape(request.page_token(), &after)) {
    return InvalidField("page_token", "is none that a page before gave");
  }
  const auto roles = call.snapshot()->roles();
  auto it = std::upper_bound(roles.begin(), roles.end(), after,
                             [](const std::string& arn, const Role* role) {
                               return arn < role->arn();
                             });
  for (; it != roles.end(); ++it) {
    if (!absl::StartsWith((*it)->path(), request.path_prefix())) continue;
    if (response->roles_size() == size) {
      std::string token;
      absl::WebSafeBase64Escape(response->roles(size - 1).arn(), &token);
      response->set_next_page_token(token);
      break;
    }
    RoleToProto(**it, response->add_roles());
  }
  return Outcome::Answered();
}

}  // namespace rolegate::service
