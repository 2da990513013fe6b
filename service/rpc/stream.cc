#include "service/rpc/stream.h"

#include <utility>

#include "service/answer/call.h"

namespace rolegate::service {

Refusal EnterStream(Core* core, const ListenerConfig* listener,
                    const IncomingCall& incoming,
                    std::shared_ptr<OpenStream> stream) {
  Call call(core, listener, &incoming);
  if (Refusal refusal = call.Identify()) return refusal;
  Result<Holder> holder = call.HolderOf();
  if (!holder.ok()) return std::move(holder).error();
  if (core->streams.Add(std::move(stream), *std::move(holder))) {
    return std::nullopt;
  }
  return ApiError{
      ErrorCode::kThrottling, "too many streams are open; try again", {}};
}

}  // namespace rolegate::service
