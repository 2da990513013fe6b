// gRPC's reactors for the shapes of methods: a unary call, and streams whose
// caller sends one message or many.

#ifndef ROLEGATE_SERVICE_GRPC_REACTORS_H_
#define ROLEGATE_SERVICE_GRPC_REACTORS_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <utility>

#include "service/grpc/grpc_call.h"
#include "service/rpc/methods.h"
#include "service/rpc/stream.h"
#include "service/rpc/unary_call.h"

namespace rolegate::service {

// Answers one call and ends with it.
class UnaryReactor final : public grpc::ServerUnaryReactor, public UnaryCall {
 public:
  UnaryReactor(Core* core, const ListenerConfig* listener,
               grpc::CallbackServerContext* context, const Method* method,
               const Method::Message* request, Method::Message* response)
      : UnaryCall(core, listener, &call_, method, request, response),
        call_(context) {}

  void OnCancel() override { GiveUp(); }
  void OnDone() override {
    Leave();
    delete this;
  }

  // gRPC otherwise has another thread run OnDone.  That wakes one for every
  // call, and when they lag, calls that are long over count as open.
  bool InternalInlineable() override { return true; }

 private:
  void Send(const RpcStatus& status) override { Finish(call_.End(status)); }
  std::function<void()> Ending() override { return call_.Ending(); }

  const GrpcCall call_;
};

// What both kinds of streams have.  `Reactor` is gRPC's; ends with its stream.
template <typename Reactor, typename Response>
class StreamReactor : public Reactor, public StreamTransport {
 public:
  explicit StreamReactor(grpc::CallbackServerContext* context)
      : call_(context) {}

  // `handler` writes and reads through this object.
  void Start(std::shared_ptr<StreamHandler> handler) {
    handler_ = std::move(handler);
    handler_->Start();
  }

  const IncomingCall& incoming() const override { return call_; }
  void Write(const google::protobuf::MessageLite& message) override {
    this->StartWrite(static_cast<const Response*>(&message));
  }
  void Finish(const RpcStatus& status) override {
    Reactor::Finish(call_.End(status));
  }
  std::function<void()> Ending() override { return call_.Ending(); }

  void OnWriteDone(bool ok) override { handler_->OnWritten(ok); }
  void OnCancel() override { handler_->OnCancel(); }
  void OnDone() override {
    handler_->OnDone();
    delete this;
  }

 protected:
  StreamHandler& handler() { return *handler_; }

 private:
  const GrpcCall call_;
  std::shared_ptr<StreamHandler> handler_;
};

template <typename Response>
class WriteReactor final
    : public StreamReactor<grpc::ServerWriteReactor<Response>, Response> {
 public:
  using StreamReactor<grpc::ServerWriteReactor<Response>,
                      Response>::StreamReactor;

  void Read(google::protobuf::MessageLite*) override {}  // it has one request
};

template <typename Request, typename Response>
class BidiReactor final
    : public StreamReactor<grpc::ServerBidiReactor<Request, Response>,
                           Response> {
 public:
  using StreamReactor<grpc::ServerBidiReactor<Request, Response>,
                      Response>::StreamReactor;

  void Read(google::protobuf::MessageLite* message) override {
    this->StartRead(static_cast<Request*>(message));
  }
  void OnReadDone(bool ok) override { this->handler().OnRead(ok); }
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_GRPC_REACTORS_H_
