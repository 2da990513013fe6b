#include "service/net/liveness.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rolegate::service {
namespace {

constexpr int kFailures = 3;

}  // namespace

Liveness::Liveness(std::vector<ProbeTarget> targets,
                   ConnectionAcceptor* acceptor, Logger* log,
                   std::function<void(bool)> told, Pace pace)
    : acceptor_(acceptor), log_(log), told_(std::move(told)), pace_(pace) {
  const MonotonicTime now = MonotonicNow();
  for (ProbeTarget& target : targets) {
    listeners_.push_back({std::move(target), now});
  }
  poller_.emplace(pace_.interval, [this] { Look(); });
}

void Liveness::Look() {
  bool alive = true;
  for (Listener& listener : listeners_) {
    LookAt(&listener);
    alive = alive && !listener.dead;
  }
  told_(alive);
}

void Liveness::LookAt(Listener* listener) {
  const absl::Status status =
      ProbeListener(listener->target, acceptor_, pace_.timeout);
  const MonotonicTime now = MonotonicNow();
  if (status.ok()) {
    listener->answered = now;
    listener->failures = 0;
    if (std::exchange(listener->dead, false)) {
      log_->Info("a listener answers again",
                 {{"address", listener->target.name}});
    }
    return;
  }
  ++listener->failures;
  const absl::Duration silent = absl::FromChrono(now - listener->answered);
  if (listener->dead || listener->failures < kFailures ||
      silent < pace_.patience) {
    return;
  }
  listener->dead = true;
  log_->Error("a listener does not answer: rolegate.liveness is NOT_SERVING",
              {{"address", listener->target.name},
               {"silent_for", silent},
               {"error", status.message()}});
}

}  // namespace rolegate::service
