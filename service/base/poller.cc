#include "service/base/poller.h"

#include <utility>

#include "service/base/monotonic.h"
#include "service/base/quiet_thread.h"

namespace rolegate::service {

Poller::Poller(absl::Duration interval, std::function<void()> look)
    : interval_(interval), look_(std::move(look)) {
  thread_ = StartQuietThread([this] { Loop(); });
}

Poller::~Poller() {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    ending_ = true;
  }
  end_.notify_all();
  thread_.join();
}

void Poller::Loop() {
  const auto ended = [this] {
    std::unique_lock<std::mutex> lock(mu_);
    return end_.wait_for(lock, ToMonotonic(interval_),
                         [this] { return ending_; });
  };
  do {
    look_();
  } while (!ended());
}

}  // namespace rolegate::service
