#include "service/authorize_stream.h"

#include <memory>
#include <utility>

#include "service/open_streams.h"
#include "service/rpc_status.h"

namespace rolegate::service {
namespace {

using Reactor = grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                                        v1::AuthorizeStreamResponse>;

const StsError& Stopping() {
  static const auto* const error =
      new StsError{"ServiceUnavailable", "the server is stopping", {}};
  return *error;
}

// Keeps itself alive until gRPC is done with it.  gRPC lets nobody read or
// write after Finish, so that `state_` says who may call it: whoever finds the
// stream reading, or the one that answers once it has.
class AuthorizeStreamReactor : public Reactor, public OpenStream {
 public:
  AuthorizeStreamReactor(Core* core, const ListenerConfig* listener,
                         grpc::CallbackServerContext* context,
                         BatchHandler handle)
      : core_(core),
        listener_(listener),
        context_(context),
        handle_(std::move(handle)) {}

  void Start(std::shared_ptr<AuthorizeStreamReactor> self) {
    self_ = std::move(self);
    if (const auto refusal = Identify()) {
      state_ = State::kFinished;
      Finish(StatusOf(refusal));
    } else if (!core_->streams.Add(self_)) {
      state_ = State::kFinished;
      Finish(StatusOf(
          StsError{"Throttling", "too many streams are open; try again", {}}));
    } else {
      ReadNext();
    }
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      if (state_ == State::kFinished) return;
      state_ = ok ? State::kAnswering : State::kFinished;
    }
    if (ok) {
      Answer();
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      ReadNext();
      return;
    }
    {
      absl::MutexLock lock(&mu_);
      state_ = State::kFinished;
    }
    Finish(grpc::Status(grpc::StatusCode::UNKNOWN, "the caller is gone"));
  }

  void OnDone() override {
    core_->streams.Remove(self_);
    self_.reset();
  }

  void End() override {
    {
      absl::MutexLock lock(&mu_);
      ending_ = true;
      if (state_ != State::kReading) return;
      state_ = State::kFinished;
    }
    Finish(StatusOf(Stopping()));
  }

 private:
  enum class State { kAnswering, kReading, kFinished };

  // Who cannot be known must not keep a stream open.
  Refusal Identify() const {
    return Call(core_, listener_, context_).Identify();
  }

  void ReadNext() {
    {
      absl::MutexLock lock(&mu_);
      if (!ending_) {
        state_ = State::kReading;
        StartRead(&request_);
        return;
      }
      state_ = State::kFinished;
    }
    Finish(StatusOf(Stopping()));
  }

  void Answer() {
    response_.set_correlation_id(request_.correlation_id());
    response_.clear_error();
    response_.mutable_batch()->Clear();  // keeps memory for the next results
    if (const Refusal refusal = AnswerBatch()) {
      response_.clear_batch();
      response_.mutable_error()->set_code(refusal->code);
      response_.mutable_error()->set_message(MessageOf(*refusal));
    }
    StartWrite(&response_);
  }

  Refusal AnswerBatch() {
    if (auto refusal = Admit(core_)) return refusal;
    Call call(core_, listener_, context_);
    Refusal refusal =
        handle_(call, request_.batch(), response_.mutable_batch());
    core_->in_flight.Leave();
    return refusal;
  }

  Core* const core_;
  const ListenerConfig* const listener_;
  grpc::CallbackServerContext* const context_;
  const BatchHandler handle_;
  std::shared_ptr<AuthorizeStreamReactor> self_;
  v1::AuthorizeStreamRequest request_;
  v1::AuthorizeStreamResponse response_;
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kAnswering;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

Reactor* ServeAuthorizeStream(Core* core, const ListenerConfig* listener,
                              grpc::CallbackServerContext* context,
                              BatchHandler handle) {
  auto reactor = std::make_shared<AuthorizeStreamReactor>(
      core, listener, context, std::move(handle));
  AuthorizeStreamReactor* const raw = reactor.get();
  raw->Start(std::move(reactor));
  return raw;
}

}  // namespace rolegate::service
