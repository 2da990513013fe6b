#include "tests/interop/test_service.h"

#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/http2/faults.h"
#include "service/http2/stream_server_call.h"
#include "service/rpc/status.h"
#include "service/rpc/stream.h"
#include "tests/interop/test_service.pb.h"

namespace rolegate::interop {
namespace {

using google::protobuf::MessageLite;
using grpc::testing::Empty;
using grpc::testing::ResponseParameters;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using service::IncomingCall;
using service::MetadataValues;
using service::RpcStatus;
using service::StreamHandler;
using service::StreamTransport;
using service::http2::AnswerMetadata;
using service::http2::Router;
using service::http2::StreamRoute;

// What a client of gRPC takes if it is not told to take more.
constexpr std::int32_t kMaxBody = 4 << 20;

constexpr char kEchoInitial[] = "x-grpc-test-echo-initial";
constexpr char kEchoTrailing[] = "x-grpc-test-echo-trailing-bin";

AnswerMetadata Echo(const IncomingCall& call) {
  AnswerMetadata metadata;
  const MetadataValues initial = call.Metadata(kEchoInitial);
  if (initial.count > 0) {
    metadata.initial = {{kEchoInitial, std::string(initial.first)}};
  }
  const MetadataValues trailing = call.Metadata(kEchoTrailing);
  if (trailing.count > 0) {
    metadata.trailing = {{kEchoTrailing, std::string(trailing.first)}};
  }
  return metadata;
}

RpcStatus Asked(const grpc::testing::EchoStatus& status) {
  return service::http2::Fault(static_cast<absl::StatusCode>(status.code()),
                               status.message());
}

RpcStatus SizeFault(std::int32_t size) {
  if (size >= 0 && size <= kMaxBody) return RpcStatus();
  return service::http2::Fault(
      absl::StatusCode::kInvalidArgument,
      absl::StrCat("a body has 0 to ", kMaxBody, " bytes"));
}

// Finishes once.
class Handler : public StreamHandler {
 public:
  explicit Handler(StreamTransport* transport) : transport_(transport) {}

  void OnCancel() override { Finish(RpcStatus()); }
  void OnDone() override {}

 protected:
  StreamTransport& transport() { return *transport_; }
  bool finished() const { return finished_; }
  void Finish(const RpcStatus& status) {
    if (!std::exchange(finished_, true)) transport_->Finish(status);
  }

 private:
  StreamTransport* const transport_;
  bool finished_ = false;
};

// Answers one request with one response.
template <typename Response>
class Once : public Handler {
 public:
  using Handler::Handler;

  void OnRead(bool) override {}
  void OnWritten(bool) override { Finish(RpcStatus()); }

 protected:
  void Answer() {
    if (!finished()) transport().Write(response);
  }

  Response response;
};

class EmptyCall final : public Once<Empty> {
 public:
  EmptyCall(StreamTransport* transport, const Empty&) : Once(transport) {}

  void Start() override { Answer(); }
};

class UnaryCall final : public Once<SimpleResponse> {
 public:
  UnaryCall(StreamTransport* transport, const SimpleRequest& request)
      : Once(transport), request_(request) {}

  void Start() override {
    RpcStatus status = Asked(request_.response_status());
    if (status.ok()) status = SizeFault(request_.response_size());
    if (!status.ok()) {
      Finish(status);
      return;
    }
    response.mutable_payload()->set_body(
        std::string(request_.response_size(), '\0'));
    Answer();
  }

 private:
  const SimpleRequest& request_;
};

// Counts the bytes of all requests.
class StreamingInputCall final : public Once<StreamingInputCallResponse> {
 public:
  using Once::Once;

  void Start() override { transport().Read(&request_); }
  void OnRead(bool ok) override {
    if (!ok) {
      Answer();
      return;
    }
    response.set_aggregated_payload_size(
        response.aggregated_payload_size() +
        static_cast<std::int32_t>(request_.payload().body().size()));
    if (!finished()) transport().Read(&request_);
  }

 private:
  StreamingInputCallRequest request_;
};

// Sends the responses that requests ask for.
class OutputHandler : public Handler {
 public:
  using Handler::Handler;

  void OnWritten(bool ok) override {
    sizes_.pop();
    if (!ok) {
      Finish(RpcStatus());
    } else {
      WriteNext();
    }
  }

 protected:
  // False: the call is over.
  bool Take(const StreamingOutputCallRequest& request) {
    RpcStatus status = Asked(request.response_status());
    for (const ResponseParameters& wish : request.response_parameters()) {
      if (status.ok()) status = SizeFault(wish.size());
      if (status.ok() && wish.interval_us() != 0) {
        status = service::http2::Fault(absl::StatusCode::kUnimplemented,
                                       "this server waits for nothing");
      }
      sizes_.push(wish.size());
    }
    if (!status.ok()) Finish(status);
    return status.ok();
  }

  void WriteNext() {
    if (finished()) return;
    if (sizes_.empty()) {
      OnAllWritten();
      return;
    }
    response_.mutable_payload()->set_body(std::string(sizes_.front(), '\0'));
    transport().Write(response_);
  }

 private:
  virtual void OnAllWritten() = 0;

  std::queue<std::int32_t> sizes_;
  StreamingOutputCallResponse response_;
};

class StreamingOutputCall final : public OutputHandler {
 public:
  StreamingOutputCall(StreamTransport* transport,
                      const StreamingOutputCallRequest& request)
      : OutputHandler(transport), request_(request) {}

  void Start() override {
    if (Take(request_)) WriteNext();
  }
  void OnRead(bool) override {}

 private:
  void OnAllWritten() override { Finish(RpcStatus()); }

  const StreamingOutputCallRequest& request_;
};

// Answers each request before it reads the next.
class FullDuplexCall final : public OutputHandler {
 public:
  using OutputHandler::OutputHandler;

  void Start() override { transport().Read(&request_); }
  void OnRead(bool ok) override {
    if (!ok) {
      Finish(RpcStatus());
    } else if (Take(request_)) {
      WriteNext();
    }
  }

 private:
  void OnAllWritten() override { transport().Read(&request_); }

  StreamingOutputCallRequest request_;
};

// Answers all requests after the last.
class HalfDuplexCall final : public OutputHandler {
 public:
  using OutputHandler::OutputHandler;

  void Start() override { transport().Read(&request_); }
  void OnRead(bool ok) override {
    if (!ok) {
      WriteNext();
    } else if (Take(request_) && !finished()) {
      transport().Read(&request_);
    }
  }

 private:
  void OnAllWritten() override { Finish(RpcStatus()); }

  StreamingOutputCallRequest request_;
};

std::string PathOf(absl::string_view method) {
  return absl::StrCat("/grpc.testing.TestService/", method);
}

// A method that is asked by one request.
template <typename Request, typename MethodHandler>
void AddOne(absl::string_view method, Router* router) {
  router->AddStream(
      PathOf(method),
      {&Request::default_instance(), /*reads_many=*/false, /*counts=*/true,
       [](StreamTransport* transport, const MessageLite* only) {
         return std::make_shared<MethodHandler>(
             transport, static_cast<const Request&>(*only));
       },
       &Echo});
}

// A method that is asked by many.
template <typename Request, typename MethodHandler>
void AddMany(absl::string_view method, Router* router) {
  router->AddStream(
      PathOf(method),
      {&Request::default_instance(), /*reads_many=*/true, /*counts=*/false,
       [](StreamTransport* transport, const MessageLite*) {
         return std::make_shared<MethodHandler>(transport);
       },
       &Echo});
}

}  // namespace

Router MakeTestService() {
  Router router(nullptr, nullptr);  // which no stream works with
  AddOne<Empty, EmptyCall>("EmptyCall", &router);
  AddOne<SimpleRequest, UnaryCall>("UnaryCall", &router);
  AddOne<StreamingOutputCallRequest, StreamingOutputCall>("StreamingOutputCall",
                                                          &router);
  AddMany<StreamingInputCallRequest, StreamingInputCall>("StreamingInputCall",
                                                         &router);
  AddMany<StreamingOutputCallRequest, FullDuplexCall>("FullDuplexCall",
                                                      &router);
  AddMany<StreamingOutputCallRequest, HalfDuplexCall>("HalfDuplexCall",
                                                      &router);
  return router;
}

}  // namespace rolegate::interop
