#include "service/rpc/watch.h"

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "rolegate/v1/registry.pb.h"
#include "service/rpc/api_stream.h"
#include "service/rpc/unary_call.h"

namespace rolegate::service {
namespace {

// `state_` says who may write or finish: whoever finds the watch idle, or the
// one that wrote once that is done.
class RegistryWatch final : public ApiStream {
 public:
  using ApiStream::ApiStream;

  void OnRead(bool) override {}  // a watch never reads

  void OnRevision() override {
    {
      absl::MutexLock lock(&mu_);
      if (state_ != State::kIdle) return;  // GoOn looks again
      state_ = State::kBusy;
    }
    GoOn();
  }

  void End(const ApiError& why) override {
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) why_ = why;
      if (state_ != State::kIdle) return;
      state_ = State::kBusy;
    }
    GoOn();
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mu_);
      if (!why_.has_value()) why_ = Stopping();  // nobody hears it
      if (state_ != State::kIdle) return;
      state_ = State::kBusy;
    }
    GoOn();
  }

 private:
  enum class State { kBusy, kIdle, kFinished };

  // Busy: ends, writes, or becomes idle.
  void GoOn() override {
    Refusal why;
    {
      absl::MutexLock lock(&mu_);
      why = why_;
      if (!why.has_value() && !TakeRevision()) {
        state_ = State::kIdle;
        return;
      }
    }
    if (why.has_value()) {
      FinishWith(ToRpcStatus(why));
    } else {
      Send(response_);
    }
  }

  // Whether there is a revision that was not told.
  bool TakeRevision() {
    const std::shared_ptr<const Snapshot> snapshot = core().registry.snapshot();
    if (snapshot == nullptr || snapshot->revision() == response_.revision()) {
      return false;
    }
    response_.set_revision(std::string(snapshot->revision()));
    return true;
  }

  void FinishWith(const RpcStatus& status) override {
    {
      absl::MutexLock lock(&mu_);
      if (state_ == State::kFinished) return;
      state_ = State::kFinished;
    }
    transport().Finish(status);
  }

  v1::WatchResponse response_;
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kBusy;
  Refusal why_ ABSL_GUARDED_BY(mu_);  // it is to end
};

}  // namespace

std::shared_ptr<StreamHandler> MakeWatch(Core* core,
                                         const ListenerConfig* listener,
                                         StreamTransport* transport) {
  return std::make_shared<RegistryWatch>(core, listener, transport);
}

}  // namespace rolegate::service
