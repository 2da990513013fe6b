// The handlers of SecurityTokenService: translate, call the engine, translate
// back.

#ifndef ROLEGATE_SERVICE_RPC_SECURITY_TOKEN_SERVICE_H_
#define ROLEGATE_SERVICE_RPC_SECURITY_TOKEN_SERVICE_H_

#include "rolegate/v1/security_token.grpc.pb.h"
#include "service/rpc/serve.h"

namespace rolegate::service {

// One a listener.
class SecurityTokenService final
    : public v1::SecurityTokenService::CallbackService {
 public:
  SecurityTokenService(Core* core, const ListenerConfig* listener)
      : core_(core), listener_(listener) {}

  grpc::ServerUnaryReactor* AssumeRole(
      grpc::CallbackServerContext* context,
      const v1::AssumeRoleRequest* request,
      v1::AssumeRoleResponse* response) override;
  grpc::ServerUnaryReactor* AssumeRoleWithWebIdentity(
      grpc::CallbackServerContext* context,
      const v1::AssumeRoleWithWebIdentityRequest* request,
      v1::AssumeRoleWithWebIdentityResponse* response) override;
  grpc::ServerUnaryReactor* AssumeRoleWithSAML(
      grpc::CallbackServerContext* context,
      const v1::AssumeRoleWithSAMLRequest* request,
      v1::AssumeRoleWithSAMLResponse* response) override;
  grpc::ServerUnaryReactor* GetCallerIdentity(
      grpc::CallbackServerContext* context,
      const v1::GetCallerIdentityRequest* request,
      v1::GetCallerIdentityResponse* response) override;
  grpc::ServerUnaryReactor* DecodeAuthorizationMessage(
      grpc::CallbackServerContext* context,
      const v1::DecodeAuthorizationMessageRequest* request,
      v1::DecodeAuthorizationMessageResponse* response) override;
  grpc::ServerUnaryReactor* GetSigningKeys(
      grpc::CallbackServerContext* context,
      const v1::GetSigningKeysRequest* request,
      v1::GetSigningKeysResponse* response) override;

 private:
  Core* const core_;
  const ListenerConfig* const listener_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_SECURITY_TOKEN_SERVICE_H_
