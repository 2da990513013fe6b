// The handlers of all unary methods, each in a file of its name (method.h).
//
// Every handler finds the caller identified and its demands met, as its row in
// methods.cc says.  Handle… fills the response or says why not.  Admit… says
// where a request is answered, for methods where that depends on the request.

#ifndef ROLEGATE_SERVICE_RPC_HANDLERS_H_
#define ROLEGATE_SERVICE_RPC_HANDLERS_H_

#include "rolegate/v1/authorization.pb.h"
#include "rolegate/v1/policy.pb.h"
#include "rolegate/v1/registry.pb.h"
#include "rolegate/v1/security_token.pb.h"
#include "service/answer/call.h"
#include "service/rpc/method.h"

namespace rolegate::service {

// AuthorizationService.  A batch of a stream demands what a call does.
inline constexpr Demands kAuthorizeDemands = {.registry = true};
Admission AdmitAuthorize(const v1::AuthorizeRequest& request);
Outcome HandleAuthorize(Call& call, const v1::AuthorizeRequest& request,
                        v1::AuthorizeResponse* response);
Admission AdmitBatchAuthorize(const v1::BatchAuthorizeRequest& request);
Outcome HandleBatchAuthorize(Call& call,
                             const v1::BatchAuthorizeRequest& request,
                             v1::BatchAuthorizeResponse* response);

// SecurityTokenService.
Admission AdmitAssumeRole(const v1::AssumeRoleRequest& request);
Outcome HandleAssumeRole(Call& call, const v1::AssumeRoleRequest& request,
                         v1::AssumeRoleResponse* response);
Outcome HandleAssumeRoleWithWebIdentity(
    Call& call, const v1::AssumeRoleWithWebIdentityRequest& request,
    v1::AssumeRoleWithWebIdentityResponse* response);
Outcome HandleAssumeRoleWithSaml(Call& call,
                                 const v1::AssumeRoleWithSAMLRequest& request,
                                 v1::AssumeRoleWithSAMLResponse* response);
Outcome HandleGetCallerIdentity(Call& call,
                                const v1::GetCallerIdentityRequest& request,
                                v1::GetCallerIdentityResponse* response);
Outcome HandleDecodeAuthorizationMessage(
    Call& call, const v1::DecodeAuthorizationMessageRequest& request,
    v1::DecodeAuthorizationMessageResponse* response);
Outcome HandleGetSigningKeys(Call& call,
                             const v1::GetSigningKeysRequest& request,
                             v1::GetSigningKeysResponse* response);

// RegistryService.
Outcome HandleGetStatus(Call& call, const v1::GetStatusRequest& request,
                        v1::GetStatusResponse* response);
Outcome HandleListRoles(Call& call, const v1::ListRolesRequest& request,
                        v1::ListRolesResponse* response);
Outcome HandleGetRole(Call& call, const v1::GetRoleRequest& request,
                      v1::GetRoleResponse* response);
Outcome HandleReload(Call& call, const v1::ReloadRequest& request,
                     v1::ReloadResponse* response);

// PolicyService.
Admission AdmitSimulate(const v1::SimulateRequest& request);
Outcome HandleSimulate(Call& call, const v1::SimulateRequest& request,
                       v1::SimulateResponse* response);
Outcome HandleValidate(Call& call, const v1::ValidateRequest& request,
                       v1::ValidateResponse* response);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_HANDLERS_H_
