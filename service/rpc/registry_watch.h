// RegistryService.Watch: every revision that is put in force.

#ifndef ROLEGATE_SERVICE_RPC_REGISTRY_WATCH_H_
#define ROLEGATE_SERVICE_RPC_REGISTRY_WATCH_H_

#include "rolegate/v1/registry.grpc.pb.h"
#include "service/rpc/serve.h"

namespace rolegate::service {

// Tells the revision in force at once, if there is one, and each that follows.
// It tells no more than that, and so any caller who proves an identity may ask:
// every answer to Authorize carries the revision too.
// Revisions that come while the watcher does not read are told as one, the
// last.
grpc::ServerWriteReactor<v1::WatchResponse>* ServeWatch(
    Core* core, const ListenerConfig* listener,
    grpc::CallbackServerContext* context);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_REGISTRY_WATCH_H_
