#include "service/rpc/watch.h"

#include <functional>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "rolegate/v1/registry.pb.h"
#include "service/answer/call.h"
#include "service/answer/open_streams.h"
#include "service/answer/unsent_answers.h"
#include "service/rpc/unary_call.h"

namespace rolegate::service {
namespace {

// `state_` says who may write or finish: whoever finds the watch idle, or the
// one that wrote once that is done.
class RegistryWatch final : public StreamHandler,
                            public OpenStream,
                            public UnsentAnswer,
                            public std::enable_shared_from_this<RegistryWatch> {
 public:
  RegistryWatch(Core* core, const ListenerConfig* listener,
                StreamTransport* transport)
      : core_(core), listener_(listener), transport_(transport) {}

  void Start() override {
    const Refusal refusal = EnterStream(
        core_, listener_, transport_->incoming(), shared_from_this());
    if (refusal.has_value()) {
      FinishWith(ToRpcStatus(refusal));
    } else {
      GoOn();
    }
  }

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

  void OnWritten(bool ok) override {
    core_->unsent.Remove(this);
    if (ok) {
      Touch();
      GoOn();
    } else {
      FinishWith({absl::StatusCode::kUnknown, "the caller is gone", "", false});
    }
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

  void OnDone() override {
    core_->unsent.Remove(this);
    core_->streams.Remove(shared_from_this());
  }

 private:
  enum class State { kBusy, kIdle, kFinished };

  std::function<void()> Ending() override { return transport_->Ending(); }

  // Busy: ends, writes, or becomes idle.
  void GoOn() {
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
      core_->unsent.Add(this, response_.ByteSizeLong());
      transport_->Write(response_);
    }
  }

  // Whether there is a revision that was not told.
  bool TakeRevision() {
    const std::shared_ptr<const Snapshot> snapshot = core_->registry.snapshot();
    if (snapshot == nullptr || snapshot->revision() == response_.revision()) {
      return false;
    }
    response_.set_revision(std::string(snapshot->revision()));
    return true;
  }

  void FinishWith(const RpcStatus& status) {
    {
      absl::MutexLock lock(&mu_);
      if (state_ == State::kFinished) return;
      state_ = State::kFinished;
    }
    transport_->Finish(status);
  }

  Core* const core_;
  const ListenerConfig* const listener_;
  StreamTransport* const transport_;  // until OnDone
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
