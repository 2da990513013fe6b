#include "service/rpc/handlers.h"

namespace rolegate::service {

Outcome HandleGetCallerIdentity(Call& call, const v1::GetCallerIdentityRequest&,
                                v1::GetCallerIdentityResponse* response) {
  const Subject& caller = call.caller().subject;
  const Principal principal = caller.principal.view();
  response->set_account(std::string(principal.account));
  response->set_arn(std::string(principal.arn));
  response->set_user_id(UserIdOf(caller, *call.snapshot()));
  return Outcome::Answered();
}

}  // namespace rolegate::service
