// AssumeRoleWithWebIdentity.

#ifndef ROLEGATE_SERVICE_RPC_WEB_IDENTITY_HANDLER_H_
#define ROLEGATE_SERVICE_RPC_WEB_IDENTITY_HANDLER_H_

#include "rolegate/v1/security_token.pb.h"
#include "service/rpc/serve.h"

namespace rolegate::service {

// Verifies the token by the keys of its provider, asks the role's trust policy
// and issues the session.  The caller needs no identity of its own.
grpc::ServerUnaryReactor* ServeWebIdentity(
    Core* core, const ListenerConfig* listener,
    grpc::CallbackServerContext* context,
    const v1::AssumeRoleWithWebIdentityRequest* request,
    v1::AssumeRoleWithWebIdentityResponse* response);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_WEB_IDENTITY_HANDLER_H_
