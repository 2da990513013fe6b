// RegistryService.Watch: every revision that is put in force.

#ifndef ROLEGATE_SERVICE_RPC_WATCH_H_
#define ROLEGATE_SERVICE_RPC_WATCH_H_

#include <memory>

#include "service/answer/core.h"
#include "service/rpc/stream.h"

namespace rolegate::service {

// Tells the revision in force at once, if there is one, and each that follows.
// It tells no more than that, and so any caller who proves an identity may ask:
// every answer to Authorize carries the revision too.  Revisions that come
// while the watcher does not read are told as one, the last.
std::shared_ptr<StreamHandler> MakeWatch(Core* core,
                                         const ListenerConfig* listener,
                                         StreamTransport* transport);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_WATCH_H_
