#include "service/http2/server_call.h"

namespace rolegate::service::http2 {

ServerCall::ServerCall(CallOrigin origin)
    : origin_(std::move(origin)), stream_(origin_.stream) {
  origin_.open_calls->fetch_add(1, std::memory_order_acq_rel);
}

ServerCall::~ServerCall() {
  origin_.open_calls->fetch_sub(1, std::memory_order_acq_rel);
}

void ServerCall::Detach() {
  stream_ = nullptr;
  cancelled_.store(true, std::memory_order_release);
  OnGone();
}

std::function<void()> ServerCall::MakeEnding() const {
  return [session = origin_.session, id = origin_.stream_id] {
    session->loop->Post([session, id] {
      if (session->session != nullptr) session->session->Abort(id);
    });
  };
}

}  // namespace rolegate::service::http2
