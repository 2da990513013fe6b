#include "service/rpc/authorize_stream.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "rolegate/v1/authorization.pb.h"
#include "service/answer/open_streams.h"
#include "service/answer/unsent_answers.h"
#include "service/base/workers.h"
#include "service/rpc/handlers.h"
#include "service/rpc/unary_call.h"

namespace rolegate::service {
namespace {

// Nobody may read or write after Finish.  `state_` says who may do so: whoever
// finds the stream reading, or the one that answers once it has.
class AuthorizeStream final
    : public StreamHandler,
      public OpenStream,
      public Task,
      public UnsentAnswer,
      public std::enable_shared_from_this<AuthorizeStream> {
 public:
  AuthorizeStream(Core* core, const ListenerConfig* listener,
                  StreamTransport* transport)
      : core_(core), listener_(listener), transport_(transport) {}

  void Start() override {
    const Refusal refusal = EnterStream(
        core_, listener_, transport_->incoming(), shared_from_this());
    if (refusal.has_value()) {
      FinishWith(ToRpcStatus(refusal));
    } else {
      ReadNext();
    }
  }

  void OnRead(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      if (state_ == State::kFinished) return;
      state_ = ok ? State::kAnswering : State::kFinished;
    }
    if (ok) {
      Touch();
      Answer();
    } else {
      transport_->Finish(RpcStatus());
    }
  }

  void OnWritten(bool ok) override {
    core_->unsent.Remove(this);
    if (ok) {
      Touch();
      ReadNext();
    } else {
      FinishWith({absl::StatusCode::kUnknown, "the caller is gone", "", false});
    }
  }

  void OnCancel() override {
    if (!core_->workers.Withdraw(this)) return;
    EndCall();
    FinishWith({absl::StatusCode::kCancelled, "", "", false});
  }

  void OnDone() override {
    core_->unsent.Remove(this);
    core_->streams.Remove(shared_from_this());
  }

  void End(const ApiError& why) override {
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) why_ = why;
      if (state_ != State::kReading) return;
      state_ = State::kFinished;
    }
    transport_->Finish(ToRpcStatus(why));
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

  std::function<void()> Ending() override { return transport_->Ending(); }

  void ReadNext() {
    Refusal why;
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) {
        state_ = State::kReading;
        transport_->Read(&request_);
        return;
      }
      state_ = State::kFinished;
      why = why_;
    }
    transport_->Finish(ToRpcStatus(why));
  }

  void FinishWith(const RpcStatus& status) {
    {
      absl::MutexLock lock(&mu_);
      state_ = State::kFinished;
    }
    transport_->Finish(status);
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
    call_.emplace(core_, listener_, &transport_->incoming());
    if (!AdmitBatchAuthorize(request_.batch()).lane.has_value()) {
      call_->Hurry();
      const bool answered = AnswerHere();
      call_->EndHurry(answered);
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

  // False if a worker has to answer.
  bool AnswerHere() {
    refusal_ = call_->RequireWaiting();
    if (!refusal_.has_value()) {
      refusal_ = MeetDemands(kAuthorizeDemands, *call_);
    }
    if (refusal_.has_value()) return true;
    Outcome outcome = HandleBatchAuthorize(*call_, request_.batch(),
                                           response_.mutable_batch());
    refusal_ = std::move(outcome.refusal);
    return !outcome.next.has_value();
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
    transport_->Write(response_);
  }

  Core* const core_;
  const ListenerConfig* const listener_;
  StreamTransport* const transport_;  // until OnDone
  v1::AuthorizeStreamRequest request_;
  v1::AuthorizeStreamResponse response_;
  std::optional<Call> call_;  // of the batch that is being answered
  Refusal refusal_;           // of it
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kAnswering;
  Refusal why_ ABSL_GUARDED_BY(mu_);  // it is to end
};

}  // namespace

std::shared_ptr<StreamHandler> MakeAuthorizeStream(
    Core* core, const ListenerConfig* listener, StreamTransport* transport) {
  return std::make_shared<AuthorizeStream>(core, listener, transport);
}

}  // namespace rolegate::service
