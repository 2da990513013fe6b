// The handlers of RegistryService.

#ifndef ROLEGATE_SERVICE_RPC_REGISTRY_SERVICE_H_
#define ROLEGATE_SERVICE_RPC_REGISTRY_SERVICE_H_

#include "rolegate/v1/registry.grpc.pb.h"
#include "service/rpc/serve.h"

namespace rolegate::service {

// One a listener.
class RegistryService final : public v1::RegistryService::CallbackService {
 public:
  RegistryService(Core* core, const ListenerConfig* listener)
      : core_(core), listener_(listener) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* ListRoles(grpc::CallbackServerContext* context,
                                      const v1::ListRolesRequest* request,
                                      v1::ListRolesResponse* response) override;
  grpc::ServerUnaryReactor* GetRole(grpc::CallbackServerContext* context,
                                    const v1::GetRoleRequest* request,
                                    v1::GetRoleResponse* response) override;
  // Reads the directory on the worker's thread.
  grpc::ServerUnaryReactor* Reload(grpc::CallbackServerContext* context,
                                   const v1::ReloadRequest* request,
                                   v1::ReloadResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::WatchRequest* request) override;

 private:
  Core* const core_;
  const ListenerConfig* const listener_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_REGISTRY_SERVICE_H_
