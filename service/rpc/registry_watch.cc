#include "service/rpc/registry_watch.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "service/answer/open_streams.h"
#include "service/answer/unsent_answers.h"

namespace rolegate::service {
namespace {

// Keeps itself alive until gRPC is done with it.  `state_` says who may write
// or finish: whoever finds the watch idle, or the one that wrote once that is
// done.
class WatchReactor final : public grpc::ServerWriteReactor<v1::WatchResponse>,
                           public OpenStream,
                           public UnsentAnswer {
 public:
  WatchReactor(Core* core, grpc::CallbackServerContext* context)
      : core_(core), context_(context) {}

  void Start(const ListenerConfig* listener,
             std::shared_ptr<WatchReactor> self) {
    self_ = std::move(self);
    Call call(core_, listener, context_);
    if (const Refusal refusal = call.Identify()) {
      FinishWith(StatusOf(refusal));
    } else if (!core_->streams.Add(self_, *call.HolderOf())) {
      FinishWith(StatusOf(ApiError{
          ErrorCode::kThrottling, "too many streams are open; try again", {}}));
    } else {
      GoOn();
    }
  }

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

  void OnWriteDone(bool ok) override {
    core_->unsent.Remove(this);
    if (ok) {
      Touch();
      GoOn();
    } else {
      FinishWith(grpc::Status(grpc::StatusCode::UNKNOWN, "the caller is gone"));
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
    core_->streams.Remove(self_);
    self_.reset();
  }

 private:
  enum class State { kBusy, kIdle, kFinished };

  std::function<void()> Ending() override { return EndingOf(context_); }

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
      FinishWith(StatusOf(why));
    } else {
      core_->unsent.Add(this, response_.ByteSizeLong());
      StartWrite(&response_);
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

  void FinishWith(const grpc::Status& status) {
    {
      absl::MutexLock lock(&mu_);
      if (state_ == State::kFinished) return;
      state_ = State::kFinished;
    }
    Finish(status);
  }

  Core* const core_;
  grpc::CallbackServerContext* const context_;
  std::shared_ptr<WatchReactor> self_;
  v1::WatchResponse response_;
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kBusy;
  Refusal why_ ABSL_GUARDED_BY(mu_);  // it is to end
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchResponse>* ServeWatch(
    Core* core, const ListenerConfig* listener,
    grpc::CallbackServerContext* context) {
  auto reactor = std::make_shared<WatchReactor>(core, context);
  WatchReactor* const raw = reactor.get();
  raw->Start(listener, std::move(reactor));
  return raw;
}

}  // namespace rolegate::service
