// PolicyService: tries and checks policies without putting them in force.

#ifndef ROLEGATE_SERVICE_RPC_POLICY_SERVICE_H_
#define ROLEGATE_SERVICE_RPC_POLICY_SERVICE_H_

#include "rolegate/v1/policy.grpc.pb.h"
#include "service/rpc/serve.h"

namespace rolegate::service {

class PolicyService final : public v1::PolicyService::CallbackService {
 public:
  PolicyService(Core* core, const ListenerConfig* listener)
      : core_(core), listener_(listener) {}

  grpc::ServerUnaryReactor* Simulate(grpc::CallbackServerContext* context,
                                     const v1::SimulateRequest* request,
                                     v1::SimulateResponse* response) override;
  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context,
                                     const v1::ValidateRequest* request,
                                     v1::ValidateResponse* response) override;

 private:
  Core* const core_;
  const ListenerConfig* const listener_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_POLICY_SERVICE_H_
