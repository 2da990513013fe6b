// AuthorizeStream: batches of checks over one call that stays open.

#ifndef ROLEGATE_SERVICE_RPC_AUTHORIZE_STREAM_H_
#define ROLEGATE_SERVICE_RPC_AUTHORIZE_STREAM_H_

#include <functional>

#include "rolegate/v1/authorization.grpc.pb.h"
#include "service/rpc/serve.h"

namespace rolegate::service {

// How a batch is answered, and which are large and left to a worker.
struct BatchHandler {
  std::function<Refusal(Call&, const v1::BatchAuthorizeRequest&,
                        v1::BatchAuthorizeResponse*)>
      handle;
  std::function<bool(const v1::BatchAuthorizeRequest&)> is_large;
};

// Answers batch after batch, each on the snapshot that is in force when it
// comes, for the caller as it is then.  A batch that is refused gets its error
// under its correlation id, and the stream goes on.  One batch of a stream is
// answered at a time; a caller that does not read is not read from.
grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                        v1::AuthorizeStreamResponse>*
ServeAuthorizeStream(Core* core, const ListenerConfig* listener,
                     grpc::CallbackServerContext* context,
                     BatchHandler handler);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_AUTHORIZE_STREAM_H_
