#include "service/http2/stream_server_call.h"

#include <utility>

#include "service/http2/faults.h"
#include "service/http2/message_reader.h"
#include "service/http2/unpack.h"

namespace rolegate::service::http2 {

StreamServerCall::StreamServerCall(CallOrigin origin, const StreamRoute* route)
    : ServerCall(std::move(origin)), route_(route) {
  if (!route->reads_many) only_.reset(route->request->New());
}

void StreamServerCall::Begin() {
  if (route_->reads_many) StartHandler();
}

void StreamServerCall::StartHandler() {
  handler_ = route_->make(this, only_.get());
  handler_->Start();
}

bool StreamServerCall::wants_message() const {
  return route_->reads_many ? reading_ != nullptr : handler_ == nullptr;
}

ServerCall::Fault StreamServerCall::OnMessage(absl::string_view bytes) {
  google::protobuf::MessageLite* message = nullptr;
  if (route_->reads_many) {
    message = std::exchange(reading_, nullptr);
  } else if (std::exchange(has_only_, true)) {
    return MoreThanOneMessage();
  } else {
    message = only_.get();
  }
  if (Fault fault = Unpack(bytes, message); fault.has_value()) {
    reading_ = route_->reads_many ? message : nullptr;  // it never comes
    return fault;
  }
  if (route_->reads_many) handler_->OnRead(true);
  return std::nullopt;
}

ServerCall::Fault StreamServerCall::OnEnd() {
  if (route_->reads_many) {
    reading_ = nullptr;
    handler_->OnRead(false);
    return std::nullopt;
  }
  if (!has_only_) return NoMessage();
  StartHandler();
  return std::nullopt;
}

void StreamServerCall::OnWritten() {
  if (std::exchange(writing_, false)) handler_->OnWritten(true);
}

void StreamServerCall::Read(google::protobuf::MessageLite* message) {
  loop().Post([this, message] { DoRead(message); });
}

void StreamServerCall::Write(const google::protobuf::MessageLite& message) {
  loop().Post([this, framed = Framed(message)]() mutable {
    DoWrite(std::move(framed));
  });
}

void StreamServerCall::Finish(const RpcStatus& status) {
  loop().Post([this, status]() mutable { DoFinish(std::move(status)); });
}

void StreamServerCall::DoRead(google::protobuf::MessageLite* message) {
  if (finished_) return;
  if (stream() == nullptr) {
    handler_->OnRead(false);
    return;
  }
  reading_ = message;
  stream()->Want();
}

void StreamServerCall::DoWrite(std::string framed) {
  if (finished_) return;
  if (stream() == nullptr) {
    handler_->OnWritten(false);
    return;
  }
  writing_ = true;
  stream()->Write(std::move(framed));
}

void StreamServerCall::DoFinish(RpcStatus status) {
  if (std::exchange(finished_, true)) return;
  reading_ = nullptr;
  if (stream() == nullptr) {
    End();
  } else {
    stream()->Finish(std::move(status));
  }
}

void StreamServerCall::OnGone() {
  if (handler_ == nullptr || finished_) {
    End();
    return;
  }
  // The handler finishes after one of these, which cannot end this call yet.
  handler_->OnCancel();
  if (std::exchange(reading_, nullptr) != nullptr) handler_->OnRead(false);
  if (std::exchange(writing_, false)) handler_->OnWritten(false);
}

void StreamServerCall::End() {
  if (handler_ != nullptr) handler_->OnDone();
  delete this;
}

}  // namespace rolegate::service::http2
