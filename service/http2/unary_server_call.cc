#include "service/http2/unary_server_call.h"

#include <utility>

#include "service/http2/faults.h"
#include "service/http2/message_reader.h"
#include "service/http2/unpack.h"

namespace rolegate::service::http2 {

UnaryServerCall::UnaryServerCall(CallOrigin origin, Core* core,
                                 const ListenerConfig* listener,
                                 const Method* method)
    : CallMessages(*method),
      ServerCall(std::move(origin)),
      UnaryCall(core, listener, this, method, question_, reply_) {
  Expect();
}

std::size_t UnaryServerCall::unpacked_bytes() const {
  // Texts are not in the arena.
  const std::size_t allocated = allocated_bytes();
  return allocated == 0 ? 0 : allocated + message_bytes_;
}

ServerCall::Fault UnaryServerCall::OnMessage(absl::string_view bytes) {
  if (std::exchange(has_message_, true)) return MoreThanOneMessage();
  message_bytes_ = bytes.size();
  return Unpack(bytes, question_);
}

ServerCall::Fault UnaryServerCall::OnEnd() {
  if (!has_message_) return NoMessage();
  started_ = true;
  Start();
  return std::nullopt;
}

void UnaryServerCall::Send(const RpcStatus& status) {
  status_ = status;
  if (status_.ok()) body_ = Framed(*reply_);
  if (loop().IsCurrent()) {
    OnSent();
  } else {
    loop().Post([this] { OnSent(); });
  }
}

void UnaryServerCall::OnSent() {
  sent_ = true;
  if (stream() == nullptr) {
    End();
    return;
  }
  if (status_.ok()) stream()->Write(std::move(body_));
  stream()->Finish(std::move(status_));
}

void UnaryServerCall::OnGone() {
  if (started_ && !sent_) {
    GiveUp();  // Send follows, or has begun
  } else {
    End();
  }
}

void UnaryServerCall::End() {
  UnaryCall::Leave();
  delete this;
}

}  // namespace rolegate::service::http2
