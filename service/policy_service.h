// PolicyService: no method of it is implemented in this version.

#ifndef ROLEGATE_SERVICE_POLICY_SERVICE_H_
#define ROLEGATE_SERVICE_POLICY_SERVICE_H_

#include "rolegate/v1/policy.grpc.pb.h"
#include "service/call.h"

namespace rolegate::service {

class PolicyService final : public v1::PolicyService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Simulate(grpc::CallbackServerContext*,
                                     const v1::SimulateRequest*,
                                     v1::SimulateResponse*) override {
    return ServeUnimplemented("Simulate");
  }
  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext*,
                                     const v1::ValidateRequest*,
                                     v1::ValidateResponse*) override {
    return ServeUnimplemented("Validate");
  }
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_POLICY_SERVICE_H_
