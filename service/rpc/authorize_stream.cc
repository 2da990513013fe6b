#include "service/rpc/authorize_stream.h"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "service/answer/open_streams.h"
#include "service/answer/unsent_answers.h"
#include "service/base/workers.h"
#include "service/rpc/rpc_status.h"

namespace rolegate::service {
namespace {

using Reactor = grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                                        v1::AuthorizeStreamResponse>;

// Keeps itself alive until gRPC is done with it.  gRPC lets nobody read or
// write after Finish, so that `state_` says who may call it: whoever finds the
// stream reading, or the one that answers once it has.
class AuthorizeStreamReactor final : public Reactor,
                                     public OpenStream,
                                     public Task,
                                     public UnsentAnswer {
 public:
  AuthorizeStreamReactor(Core* core, const ListenerConfig* listener,
                         grpc::CallbackServerContext* context,
                         BatchHandler handler)
      : core_(core),
        listener_(listener),
        context_(context),
        handler_(std::move(handler)) {}

  void Start(std::shared_ptr<AuthorizeStreamReactor> self) {
    self_ = std::move(self);
    // Who cannot be known must not keep a stream open.
    Call call(core_, listener_, context_);
    if (const Refusal refusal = call.Identify()) {
      state_ = State::kFinished;
      Finish(StatusOf(refusal));
    } else if (!core_->streams.Add(self_, *call.HolderOf())) {
      state_ = State::kFinished;
      Finish(StatusOf(ApiError{
          ErrorCode::kThrottling, "too many streams are open; try again", {}}));
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
      Touch();
      Answer();
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnWriteDone(bool ok) override {
    core_->unsent.Remove(this);
    if (ok) {
      Touch();
      ReadNext();
    } else {
      FinishWith(grpc::Status(grpc::StatusCode::UNKNOWN, "the caller is gone"));
    }
  }

  void OnCancel() override {
    if (!core_->workers.Withdraw(this)) return;
    EndCall();
    FinishWith(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    core_->unsent.Remove(this);
    core_->streams.Remove(self_);
    self_.reset();
  }

  void End(const ApiError& why) override {
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) why_ = why;
      if (state_ != State::kReading) return;
      state_ = State::kFinished;
    }
    Finish(StatusOf(why));
  }

  // A large batch.
  std::optional<Lane> Work() override {
    AnswerHere();
    return std::nullopt;
  }
  void AfterWork() override { Write(); }
  void Dropped() override {
    refusal_ = NoPlace();
    Write();
  }

 private:
  enum class State { kAnswering, kReading, kFinished };

  std::function<void()> Ending() override { return EndingOf(context_); }

  void ReadNext() {
    Refusal why;
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) {
        state_ = State::kReading;
        StartRead(&request_);
        return;
      }
      state_ = State::kFinished;
      why = why_;
    }
    Finish(StatusOf(why));
  }

  void FinishWith(const grpc::Status& status) {
    {
      absl::MutexLock lock(&mu_);
      state_ = State::kFinished;
    }
    Finish(status);
  }

  void Answer() {
    response_.set_correlation_id(request_.correlation_id());
    response_.clear_error();
    response_.mutable_batch()->Clear();  // keeps memory for the next results
    refusal_.reset();
    if (!core_->calls.Enter()) {
      refusal_ = Stopping();
      WriteAnswer();
      return;
    }
    call_.emplace(core_, listener_, context_);
    if (!handler_.is_large(request_.batch())) {
      call_->Hurry();
      AnswerHere();
      const bool answered = !call_->takes_long();
      call_->EndHurry();
      if (answered) {
        Write();
        return;
      }
    }
    Refusal refusal = call_->Identify();
    if (!refusal.has_value()) refusal = AnswerLater();
    if (!refusal.has_value()) return;  // all of this is the worker's now
    refusal_ = std::move(refusal);
    Write();
  }

  void AnswerHere() {
    refusal_ = call_->RequireWaiting();
    if (refusal_.has_value()) return;
    refusal_ =
        handler_.handle(*call_, request_.batch(), response_.mutable_batch());
  }

  Refusal AnswerLater() {
    auto holder = call_->HolderOf(request_.batch().session_token(),
                                  request_.batch().principal());
    if (!holder.ok()) return std::move(holder).error();
    if (core_->workers.Submit(this, Lane::kCompute, *std::move(holder),
                              WeightOf(request_))) {
      return std::nullopt;
    }
    return NoPlace();
  }

  // The call of one batch is over.
  void EndCall() {
    call_.reset();
    core_->calls.Leave();
  }
  void Write() {
    EndCall();
    WriteAnswer();
  }
  void WriteAnswer() {
    if (refusal_.has_value()) {
      response_.clear_batch();
      response_.mutable_error()->set_code(
          std::string(ErrorName(refusal_->code)));
      response_.mutable_error()->set_message(MessageOf(*refusal_));
    }
    core_->unsent.Add(this, response_.ByteSizeLong());
    StartWrite(&response_);
  }

  Core* const core_;
  const ListenerConfig* const listener_;
  grpc::CallbackServerContext* const context_;
  const BatchHandler handler_;
  std::shared_ptr<AuthorizeStreamReactor> self_;
  v1::AuthorizeStreamRequest request_;
  v1::AuthorizeStreamResponse response_;
  std::optional<Call> call_;  // of the batch that is being answered
  Refusal refusal_;           // of it
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kAnswering;
  Refusal why_ ABSL_GUARDED_BY(mu_);  // it is to end
};

}  // namespace

Reactor* ServeAuthorizeStream(Core* core, const ListenerConfig* listener,
                              grpc::CallbackServerContext* context,
                              BatchHandler handler) {
  auto reactor = std::make_shared<AuthorizeStreamReactor>(
      core, listener, context, std::move(handler));
  AuthorizeStreamReactor* const raw = reactor.get();
  raw->Start(std::move(reactor));
  return raw;
}

}  // namespace rolegate::service
