#include "service/registry_watch.h"

#include <memory>
#include <string>
#include <utility>

#include "service/open_streams.h"

namespace rolegate::service {
namespace {

// Keeps itself alive until gRPC is done with it.  `state_` says who may write
// or finish: whoever finds the watch idle, or the one that wrote once that is
// done.
class WatchReactor : public grpc::ServerWriteReactor<v1::WatchResponse>,
                     public OpenStream {
 public:
  explicit WatchReactor(Core* core) : core_(core) {}

  void Start(const Refusal& refusal, std::shared_ptr<WatchReactor> self) {
    self_ = std::move(self);
    if (refusal) {
      FinishWith(StatusOf(refusal));
    } else if (!core_->streams.Add(self_)) {
      FinishWith(StatusOf(
          StsError{"Throttling", "too many streams are open; try again", {}}));
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

  void End() override {
    {
      absl::MutexLock lock(&mu_);
      ending_ = true;
      if (state_ != State::kIdle) return;
      state_ = State::kBusy;
    }
    GoOn();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      GoOn();
    } else {
      FinishWith(grpc::Status(grpc::StatusCode::UNKNOWN, "the caller is gone"));
    }
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mu_);
      cancelled_ = true;
      if (state_ != State::kIdle) return;
      state_ = State::kBusy;
    }
    GoOn();
  }

  void OnDone() override {
    core_->streams.Remove(self_);
    self_.reset();
  }

 private:
  enum class State { kBusy, kIdle, kFinished };

  // Busy: ends, writes, or becomes idle.
  void GoOn() {
    bool stop = false;
    {
      absl::MutexLock lock(&mu_);
      stop = ending_ || cancelled_;
      if (!stop && !TakeRevision()) {
        state_ = State::kIdle;
        return;
      }
    }
    if (stop) {
      FinishWith(StatusOf(
          StsError{"ServiceUnavailable", "the server is stopping", {}}));
    } else {
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
  std::shared_ptr<WatchReactor> self_;
  v1::WatchResponse response_;
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kBusy;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchResponse>* ServeWatch(
    Core* core, const ListenerConfig* listener,
    grpc::CallbackServerContext* context) {
  Call call(core, listener, context);
  const Refusal refusal = call.Identify();
  auto reactor = std::make_shared<WatchReactor>(core);
  WatchReactor* const raw = reactor.get();
  raw->Start(refusal, std::move(reactor));
  return raw;
}

}  // namespace rolegate::service
