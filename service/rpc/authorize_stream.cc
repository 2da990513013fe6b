#include "service/rpc/authorize_stream.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "rolegate/v1/authorization.pb.h"
#include "service/base/workers.h"
#include "service/rpc/api_stream.h"
#include "service/rpc/handlers.h"
#include "service/rpc/unary_call.h"

namespace rolegate::service {
namespace {

// A message of this size may take a hundred times as much when it is unpacked,
// and Protobuf keeps that for the next.  So a stream starts anew after it.
constexpr std::size_t kBytesKept = std::size_t{64} << 10;

template <typename Message>
void FreeIfLarge(Message* message) {
  if (message->ByteSizeLong() > kBytesKept) Message().Swap(message);
}

// Nobody may read or write after Finish.  `state_` says who may do so: whoever
// finds the stream reading, or the one that answers once it has.
class AuthorizeStream final : public ApiStream, public Task {
 public:
  using ApiStream::ApiStream;

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
      transport().Finish(RpcStatus());
    }
  }

  void OnCancel() override {
    if (!core().workers.Withdraw(this)) return;
    EndCall();
    FinishWith({absl::StatusCode::kCancelled, "", "", false});
  }

  void End(const ApiError& why) override {
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) why_ = why;
      if (state_ != State::kReading) return;
      state_ = State::kFinished;
    }
    transport().Finish(ToRpcStatus(why));
  }

  // A large batch.
  std::optional<Lane> Work() override {
    if (CallTrace* const trace = call_->trace()) trace->AddEvent("worked on");
    AnswerHere();
    return std::nullopt;
  }
  void AfterWork() override { EndCallAndSend(); }
  void Dropped() override {
    call_->CountLimit(CallLimit::kPlaces);
    refusal_ = NoPlace();
    EndCallAndSend();
  }

 private:
  enum class State { kAnswering, kReading, kFinished };

  void GoOn() override {
    FreeIfLarge(&request_);
    FreeIfLarge(&response_);
    Refusal why;
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) {
        state_ = State::kReading;
        transport().Read(&request_);
        return;
      }
      state_ = State::kFinished;
      why = why_;
    }
    transport().Finish(ToRpcStatus(why));
  }

  void FinishWith(const RpcStatus& status) override {
    {
      absl::MutexLock lock(&mu_);
      state_ = State::kFinished;
    }
    transport().Finish(status);
  }

  void Answer() {
    response_.set_correlation_id(request_.correlation_id());
    response_.clear_error();
    response_.mutable_batch()->Clear();  // keeps memory for the next results
    refusal_.reset();
    if (!core().calls.Enter()) {
      refusal_ = Stopping();
      SendAnswer();
      return;
    }
    call_.emplace(&core(), listener(), &transport().incoming());
    call_->BeginTrace();
    if (!AdmitBatchAuthorize(request_.batch()).lane.has_value()) {
      call_->Hurry();
      const bool answered = AnswerHere();
      call_->EndHurry(answered);
      if (answered) {
        EndCallAndSend();
        return;
      }
    }
    Refusal refusal = call_->Identify();
    if (!refusal.has_value()) refusal = AnswerLater();
    if (!refusal.has_value()) return;  // all of this is the worker's now
    refusal_ = std::move(refusal);
    EndCallAndSend();
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
    if (CallTrace* const trace = call_->trace()) trace->AddEvent("queued");
    if (core().workers.Submit(this, Lane::kCompute, *std::move(holder),
                              WeightOf(request_))) {
      return std::nullopt;
    }
    call_->CountLimit(CallLimit::kPlaces);
    return NoPlace();
  }

  // A message of a stream counts as a call, and has a span as a call has.
  std::unique_ptr<Span> Count() {
    std::optional<ErrorCode> error;
    if (refusal_.has_value()) error = refusal_->code;
    const absl::StatusCode code =
        error.has_value() ? StatusCodeOf(*error) : absl::StatusCode::kOk;
    core().metrics.CountCall(CallMetrics::kStreamMessage, code, error,
                             absl::Now() - call_->now());
    return call_->EndTrace(kAuthorizeStreamPath, code,
                           error.has_value() ? MessageOf(*refusal_) : "",
                           error);
  }

  // The call of one batch is over.
  void EndCall() {
    call_.reset();
    core().calls.Leave();
  }
  void EndCallAndSend() {
    if (!refusal_.has_value()) refusal_ = call_->RequireLostNothing();
    if (refusal_.has_value()) call_->TellIfLimited(*refusal_);
    std::unique_ptr<Span> span = Count();
    const std::shared_ptr<Tracer> tracer =
        span == nullptr ? nullptr : core().tracer;
    EndCall();
    SendAnswer();  // the stream may be gone when it returns
    if (span != nullptr) tracer->Add(std::move(span));
  }
  void SendAnswer() {
    if (refusal_.has_value()) {
      response_.clear_batch();
      response_.mutable_error()->set_code(
          std::string(ErrorName(refusal_->code)));
      response_.mutable_error()->set_message(MessageOf(*refusal_));
    }
    Send(response_);
  }

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
