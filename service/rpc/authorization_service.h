// The handlers of AuthorizationService: translate, call the engine, translate
// back.

#ifndef ROLEGATE_SERVICE_RPC_AUTHORIZATION_SERVICE_H_
#define ROLEGATE_SERVICE_RPC_AUTHORIZATION_SERVICE_H_

#include "rolegate/v1/authorization.grpc.pb.h"
#include "service/rpc/message_pool.h"
#include "service/rpc/serve.h"

namespace rolegate::service {

// One a listener.
class AuthorizationService final
    : public v1::AuthorizationService::CallbackService {
 public:
  AuthorizationService(Core* core, const ListenerConfig* listener)
      : core_(core), listener_(listener) {
    SetMessageAllocatorFor_Authorize(&authorize_messages_);
    SetMessageAllocatorFor_BatchAuthorize(&batch_messages_);
  }

  grpc::ServerUnaryReactor* Authorize(grpc::CallbackServerContext* context,
                                      const v1::AuthorizeRequest* request,
                                      v1::AuthorizeResponse* response) override;
  grpc::ServerUnaryReactor* BatchAuthorize(
      grpc::CallbackServerContext* context,
      const v1::BatchAuthorizeRequest* request,
      v1::BatchAuthorizeResponse* response) override;
  grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                          v1::AuthorizeStreamResponse>*
  AuthorizeStream(grpc::CallbackServerContext* context) override;

 private:
  Core* const core_;
  const ListenerConfig* const listener_;
  MessagePool<v1::AuthorizeRequest, v1::AuthorizeResponse> authorize_messages_;
  MessagePool<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse>
      batch_messages_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_AUTHORIZATION_SERVICE_H_
