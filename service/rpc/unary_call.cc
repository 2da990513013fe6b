#include "service/rpc/unary_call.h"

#include <utility>

#include "absl/time/clock.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kBytesOfPlace = std::size_t{64} << 10;

}  // namespace

ApiError Stopping() {
  return {ErrorCode::kServiceUnavailable, "the server is stopping", {}};
}

ApiError StoppingStream() {
  return {ErrorCode::kServiceUnavailable,
          "the server is stopping; open the stream again",
          {}};
}

ApiError NoPlace() {
  return {ErrorCode::kThrottling,
          "too many calls wait for an answer; try again",
          {}};
}

int WeightOf(const google::protobuf::MessageLite& request) {
  return 1 + static_cast<int>(request.ByteSizeLong() / kBytesOfPlace);
}

UnaryCall::UnaryCall(Core* core, const ListenerConfig* listener,
                     const IncomingCall* incoming, const Method* method,
                     const Method::Message* request, Method::Message* response)
    : core_(core),
      method_(method),
      request_(request),
      response_(response),
      call_(core, listener, incoming) {}

void UnaryCall::Expect() { entered_ = core_->calls.Enter(); }

void UnaryCall::Start() {
  call_.BeginTrace();
  if (!entered_) Expect();
  if (!entered_) {
    Refuse(Stopping());
    return;
  }
  admission_ = method_->admit(*request_);
  if (admission_.lane.has_value()) {
    HandOver(*admission_.lane);
    return;
  }
  call_.Hurry();
  outcome_ = Run();
  const bool answered = !outcome_.next.has_value();
  call_.EndHurry(answered);
  if (answered) {
    Answer();
  } else {
    demands_met_ = false;  // their records were forgotten
    HandOver(*outcome_.next);
  }
}

void UnaryCall::HandOver(Lane lane) {
  if (method_->demands.identity != Demands::Identity::kNone) {
    if (const Refusal refusal = call_.Identify()) {
      Refuse(*refusal);
      return;
    }
  }
  Result<Holder> holder =
      call_.HolderOf(admission_.session_token, admission_.principal);
  if (!holder.ok()) {
    Refuse(holder.error());
    return;
  }
  lane_ = lane;
  if (CallTrace* const trace = call_.trace()) trace->AddEvent("queued");
  if (!core_->workers.Submit(this, lane, *std::move(holder),
                             WeightOf(*request_))) {
    RefuseForWantOfPlaces();
  }
}

void UnaryCall::RefuseForWantOfPlaces() {
  call_.CountLimit(CallLimit::kPlaces);
  Refuse(NoPlace());
}

std::optional<Lane> UnaryCall::Work() {
  if (CallTrace* const trace = call_.trace()) trace->AddEvent("worked on");
  const Refusal given_up = call_.RequireWaiting();
  call_.set_may_wait(lane_ == Lane::kFederation);
  outcome_ = given_up ? Outcome(given_up) : Run();
  if (outcome_.next.has_value()) lane_ = *outcome_.next;
  return outcome_.next;
}

Outcome UnaryCall::Run() {
  if (!demands_met_) {
    if (Refusal refusal = MeetDemands(method_->demands, call_)) {
      return refusal;
    }
    demands_met_ = true;
  }
  return method_->handle(call_, *request_, response_);
}

void UnaryCall::Refuse(const ApiError& error) {
  call_.TellIfLimited(error);
  SendCounted(ToRpcStatus(error), error.code);
}

void UnaryCall::Answer() {
  if (outcome_.answered()) outcome_.refusal = call_.RequireLostNothing();
  std::optional<ErrorCode> error;
  if (outcome_.refusal.has_value()) {
    error = outcome_.refusal->code;
    call_.TellIfLimited(*outcome_.refusal);
  }
  SendCounted(ToRpcStatus(outcome_.refusal, outcome_.faults), error);
}

void UnaryCall::SendCounted(const RpcStatus& status,
                            std::optional<ErrorCode> error) {
  core_->metrics.CountCall(method_->number, status.code, error,
                           absl::Now() - call_.now());
  const bool large = status.ok() && !admission_.small_answer;
  if (entered_) {
    core_->unsent.Add(this, large ? response_->ByteSizeLong() : 0);
  }
  std::unique_ptr<Span> span =
      call_.EndTrace(method_->path, status.code, status.message, error);
  if (span == nullptr) {
    Send(status);
    return;
  }
  const std::shared_ptr<Tracer> tracer = core_->tracer;
  Send(status);  // the call may be gone when it returns, and the core too
  tracer->Add(std::move(span));
}

void UnaryCall::GiveUp() {
  if (!core_->workers.Withdraw(this)) return;
  SendCounted({absl::StatusCode::kCancelled, "", "", false},
              ErrorCode::kRequestCanceled);
}

void UnaryCall::Leave() {
  if (!entered_) return;
  core_->unsent.Remove(this);
  core_->calls.Leave();
}

}  // namespace rolegate::service
