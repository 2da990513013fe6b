// AuthorizationService.AuthorizeStream: batches of checks over one call that
// stays open.

#ifndef ROLEGATE_SERVICE_RPC_AUTHORIZE_STREAM_H_
#define ROLEGATE_SERVICE_RPC_AUTHORIZE_STREAM_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "service/answer/core.h"
#include "service/rpc/stream.h"

namespace rolegate::service {

inline constexpr absl::string_view kAuthorizeStreamPath =
    "/rolegate.v1.AuthorizationService/AuthorizeStream";

// Answers batch after batch, each on the snapshot that is in force when it
// comes, for the caller as it is then.  A batch that is refused gets its error
// under its correlation id, and the stream goes on.  One batch of a stream is
// answered at a time; a caller that does not read is not read from.
std::shared_ptr<StreamHandler> MakeAuthorizeStream(
    Core* core, const ListenerConfig* listener, StreamTransport* transport);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_AUTHORIZE_STREAM_H_
