#include "service/grpc/services.h"

#include "proto/health.grpc.pb.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/policy.grpc.pb.h"
#include "rolegate/v1/registry.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "service/grpc/message_pool.h"
#include "service/grpc/reactors.h"
#include "service/rpc/health.h"
#include "service/rpc/methods.h"

namespace rolegate::service {
namespace {

using Context = grpc::CallbackServerContext;

// Takes the calls of one listener.
class CallTaker {
 public:
  CallTaker(Core* core, const ListenerConfig* listener)
      : core_(core), listener_(listener) {}

  // `method` is a row of the table, found by its path.
  grpc::ServerUnaryReactor* Serve(const Method* method, Context* context,
                                  const Method::Message* request,
                                  Method::Message* response) const {
    auto* const reactor =
        new UnaryReactor(core_, listener_, context, method, request, response);
    reactor->Start();
    return reactor;
  }

  template <typename Reactor>
  Reactor* Open(const StreamMethod* method, Context* context) const {
    auto* const reactor = new Reactor(context);
    reactor->Start(method->make(core_, listener_, reactor));
    return reactor;
  }

 private:
  Core* const core_;
  const ListenerConfig* const listener_;
};

// Overrides a unary method of gRPC's generated service: its row in the table
// answers.
#define ROLEGATE_UNARY(Service, Name)                                     \
  grpc::ServerUnaryReactor* Name(Context* context,                        \
                                 const v1::Name##Request* request,        \
                                 v1::Name##Response* response) override { \
    static const Method* const method =                                   \
        FindMethod("/rolegate.v1." #Service "/" #Name);                   \
    return calls_.Serve(method, context, request, response);              \
  }

class AuthorizationService final
    : public v1::AuthorizationService::CallbackService {
 public:
  explicit AuthorizationService(const CallTaker& calls) : calls_(calls) {
    SetMessageAllocatorFor_Authorize(&authorize_messages_);
    SetMessageAllocatorFor_BatchAuthorize(&batch_messages_);
  }

  ROLEGATE_UNARY(AuthorizationService, Authorize)
  ROLEGATE_UNARY(AuthorizationService, BatchAuthorize)

  using Stream =
      BidiReactor<v1::AuthorizeStreamRequest, v1::AuthorizeStreamResponse>;
  grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                          v1::AuthorizeStreamResponse>*
  AuthorizeStream(Context* context) override {
    static const StreamMethod* const method =
        FindStreamMethod("/rolegate.v1.AuthorizationService/AuthorizeStream");
    return calls_.Open<Stream>(method, context);
  }

 private:
  const CallTaker calls_;
  MessagePool<v1::AuthorizeRequest, v1::AuthorizeResponse> authorize_messages_;
  MessagePool<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse>
      batch_messages_;
};

class SecurityTokenService final
    : public v1::SecurityTokenService::CallbackService {
 public:
  explicit SecurityTokenService(const CallTaker& calls) : calls_(calls) {}

  ROLEGATE_UNARY(SecurityTokenService, AssumeRole)
  ROLEGATE_UNARY(SecurityTokenService, AssumeRoleWithWebIdentity)
  ROLEGATE_UNARY(SecurityTokenService, AssumeRoleWithSAML)
  ROLEGATE_UNARY(SecurityTokenService, GetCallerIdentity)
  ROLEGATE_UNARY(SecurityTokenService, DecodeAuthorizationMessage)
  ROLEGATE_UNARY(SecurityTokenService, GetSigningKeys)

 private:
  const CallTaker calls_;
};

class RegistryService final : public v1::RegistryService::CallbackService {
 public:
  explicit RegistryService(const CallTaker& calls) : calls_(calls) {}

  ROLEGATE_UNARY(RegistryService, GetStatus)
  ROLEGATE_UNARY(RegistryService, ListRoles)
  ROLEGATE_UNARY(RegistryService, GetRole)
  ROLEGATE_UNARY(RegistryService, Reload)

  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      Context* context, const v1::WatchRequest*) override {
    static const StreamMethod* const method =
        FindStreamMethod("/rolegate.v1.RegistryService/Watch");
    return calls_.Open<WriteReactor<v1::WatchResponse>>(method, context);
  }

 private:
  const CallTaker calls_;
};

class PolicyService final : public v1::PolicyService::CallbackService {
 public:
  explicit PolicyService(const CallTaker& calls) : calls_(calls) {}

  ROLEGATE_UNARY(PolicyService, Simulate)
  ROLEGATE_UNARY(PolicyService, Validate)

 private:
  const CallTaker calls_;
};

#undef ROLEGATE_UNARY

class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  using Request = grpc::health::v1::HealthCheckRequest;
  using Response = grpc::health::v1::HealthCheckResponse;

  explicit HealthService(HealthStatus* health) : health_(health) {}

  grpc::ServerUnaryReactor* Check(Context* context, const Request* request,
                                  Response* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(
        GrpcCall(context).End(AnswerHealthCheck(*health_, *request, response)));
    return reactor;
  }

  grpc::ServerWriteReactor<Response>* Watch(Context* context,
                                            const Request* request) override {
    auto* const reactor = new WriteReactor<Response>(context);
    reactor->Start(MakeHealthWatch(health_, request->service(), reactor));
    return reactor;
  }

 private:
  HealthStatus* const health_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeServices(
    Core* core, const ListenerConfig* listener, HealthStatus* health) {
  const CallTaker calls(core, listener);
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<AuthorizationService>(calls));
  services.push_back(std::make_unique<SecurityTokenService>(calls));
  services.push_back(std::make_unique<RegistryService>(calls));
  services.push_back(std::make_unique<PolicyService>(calls));
  services.push_back(std::make_unique<HealthService>(health));
  return services;
}

}  // namespace rolegate::service
