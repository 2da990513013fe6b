#include "service/poller.h"

#include <utility>

#include "service/quiet_thread.h"

namespace rolegate::service {

Poller::Poller(absl::Duration interval, std::function<void()> look)
    : interval_(interval), look_(std::move(look)) {
  thread_ = StartQuietThread([this] { Loop(); });
}

Poller::~Poller() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  thread_.join();
}

void Poller::Loop() {
  const auto ended = [this] {
    absl::MutexLock lock(&mu_);
    return mu_.AwaitWithTimeout(absl::Condition(&ending_), interval_);
  };
  do {
    look_();
  } while (!ended());
}

}  // namespace rolegate::service
