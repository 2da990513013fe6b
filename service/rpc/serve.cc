#include "service/rpc/serve.h"

#include <grpc/grpc.h>

#include <utility>

#include "service/rpc/rpc_status.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kBytesOfPlace = 64 * 1024;

// Answers by what a worker finds.
class LaterCall final : public CallReactor, public Task {
 public:
  LaterCall(Call call, grpc::CallbackServerContext* context,
            const LaterCallInfo& info, LaterHandler handle)
      : CallReactor(&call.core(), context, info.response),
        call_(std::move(call)),
        handle_(std::move(handle)) {}

  void Start(const LaterCallInfo& info) {
    if (!info.anonymous) {
      if (const Refusal refusal = call_.Identify()) {
        Answer(refusal);
        return;
      }
    }
    auto holder = call_.HolderOf(info.session_token, info.principal);
    if (!holder.ok()) {
      Answer(std::move(holder).error());
      return;
    }
    if (!core().workers.Submit(this, info.lane, *std::move(holder),
                               WeightOf(*info.request))) {
      Answer(NoPlace());
    }
  }

  std::optional<Lane> Work() override {
    const Refusal given_up = call_.RequireWaiting();
    outcome_ = given_up ? Outcome(given_up) : handle_(call_);
    return outcome_.next;
  }

  void AfterWork() override { Answer(outcome_.refusal, outcome_.faults); }

  void Dropped() override { Answer(NoPlace()); }

  // Nobody waits for the answer: whoever does may have the place.
  void OnCancel() override {
    if (core().workers.Withdraw(this)) Send(grpc::Status::CANCELLED);
  }

 private:
  Call call_;
  const LaterHandler handle_;
  Outcome outcome_{Refusal()};
};

}  // namespace

grpc::Status StatusOf(const Refusal& refusal) {
  return refusal.has_value() ? ToRpcStatus(*refusal) : grpc::Status::OK;
}

std::function<void()> EndingOf(grpc::CallbackServerContext* context) {
  grpc_call* const call = context->c_call();
  grpc_call_ref(call);
  return [call] {
    grpc_call_cancel_with_status(call, GRPC_STATUS_CANCELLED,
                                 "the answer was not taken", nullptr);
    grpc_call_unref(call);
  };
}

void CallReactor::Answer(const Refusal& refusal, const Diagnostics& faults) {
  // What would fail again is not to be tried again, although its code says so
  // to clients that retry by code: gRPC's own heed this.
  if (refusal.has_value() && refusal->code == ErrorCode::kBudgetExceeded) {
    context_->AddTrailingMetadata("grpc-retry-pushback-ms", "-1");
  }
  Send(refusal.has_value() ? ToRpcStatus(*refusal, faults) : grpc::Status::OK);
}

void CallReactor::Send(const grpc::Status& status) {
  core_->unsent.Add(this, status.ok() && response_ != nullptr
                              ? response_->ByteSizeLong()
                              : 0);
  Finish(status);
}

void CallReactor::OnDone() {
  if (core_ != nullptr) {
    core_->unsent.Remove(this);
    core_->calls.Leave();
  }
  delete this;
}

grpc::ServerUnaryReactor* Refuse(const ApiError& error) {
  auto* const reactor = new CallReactor(nullptr, nullptr, nullptr);
  reactor->Finish(ToRpcStatus(error));
  return reactor;
}

ApiError Stopping() {
  return {ErrorCode::kServiceUnavailable, "the server is stopping", {}};
}

ApiError NoPlace() {
  return {ErrorCode::kThrottling,
          "too many calls wait for an answer; try again",
          {}};
}

int WeightOf(const google::protobuf::MessageLite& request) {
  return 1 + static_cast<int>(request.ByteSizeLong() / kBytesOfPlace);
}

grpc::ServerUnaryReactor* ServeLater(Core* core, const ListenerConfig* listener,
                                     grpc::CallbackServerContext* context,
                                     const LaterCallInfo& info,
                                     LaterHandler handle) {
  if (!core->calls.Enter()) return Refuse(Stopping());
  return HandOver(Call(core, listener, context), context, info,
                  std::move(handle));
}

grpc::ServerUnaryReactor* HandOver(Call call,
                                   grpc::CallbackServerContext* context,
                                   const LaterCallInfo& info,
                                   LaterHandler handle) {
  auto* const reactor =
      new LaterCall(std::move(call), context, info, std::move(handle));
  reactor->Start(info);
  return reactor;
}

}  // namespace rolegate::service
