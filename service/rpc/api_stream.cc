#include "service/rpc/api_stream.h"

#include <utility>

#include "service/answer/call.h"

namespace rolegate::service {

void ApiStream::Start() {
  Call call(core_, listener_, &transport_->incoming());
  if (const Refusal refusal = call.Identify()) {
    call.TellIfLimited(*refusal);
    FinishWith(ToRpcStatus(refusal));
    return;
  }
  Result<Holder> holder = call.HolderOf();
  if (!holder.ok()) {
    FinishWith(ToRpcStatus(holder.error()));
  } else if (const Refusal refusal =
                 core_->streams.Add(shared_from_this(), *std::move(holder))) {
    if (refusal->code == ErrorCode::kThrottling) {
      call.CountLimit(CallLimit::kStreams);
    }
    call.TellIfLimited(*refusal);
    FinishWith(ToRpcStatus(refusal));
  } else {
    GoOn();
  }
}

void ApiStream::Send(const google::protobuf::MessageLite& message) {
  core_->unsent.Add(this, message.ByteSizeLong());
  transport_->Write(message);
}

void ApiStream::OnWritten(bool ok) {
  core_->unsent.Remove(this);
  if (ok) {
    Touch();
    GoOn();
  } else {
    FinishWith({absl::StatusCode::kUnknown, "the caller is gone", "", false});
  }
}

void ApiStream::OnDone() {
  core_->unsent.Remove(this);
  core_->streams.Remove(shared_from_this());
}

}  // namespace rolegate::service
