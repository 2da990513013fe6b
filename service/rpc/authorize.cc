#include <utility>

#include "service/rpc/authorizer.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {

Admission AdmitAuthorize(const v1::AuthorizeRequest& request) {
  Admission admission;
  if (!request.explain()) {
    admission.lane = std::nullopt;
    admission.small_answer = true;
  }
  admission.session_token = request.session_token();
  admission.principal = request.principal();
  return admission;
}

Outcome HandleAuthorize(Call& call, const v1::AuthorizeRequest& request,
                        v1::AuthorizeResponse* response) {
  Authorizer authorizer(call);
  if (auto refusal = authorizer.Begin(request)) return refusal;
  auto check = authorizer.Parse(request.action(), request.resource(),
                                request.resource_account(), CheckPath());
  if (!check.ok()) return std::move(check).error();
  const Check& parsed = *check;
  if (auto refusal =
          authorizer.CheckTag(parsed, FindResourceTag(request.context()))) {
    return refusal;
  }
  if (!authorizer.Decide(parsed, AuditKind::kAuthorize, nullptr,
                         request.explain(), response)) {
    return Outcome::GoOnIn(Lane::kCompute);
  }
  // A check alone has its own budget, and its answer says when that is over.
  if (request.explain()) {
    if (auto refusal = authorizer.RefuseIfExhausted()) return refusal;
  }
  response->set_registry_revision(call.snapshot()->revision());
  return Outcome::Answered();
}

}  // namespace rolegate::service
