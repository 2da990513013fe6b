#include "service/http1/connections.h"

#include <utility>
#include <vector>

#include "absl/time/clock.h"

namespace rolegate::service::http1 {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(1);

}  // namespace

void Connections::Take(int listener, int fd) {
  count_.fetch_add(1, std::memory_order_acq_rel);
  loop_->Post([this, listener, fd] {
    auto connection = std::make_shared<Connection>(
        Serving{&handler_, pace_, max_body_, loop_, protection_, &work_}, this,
        listener, fd);
    Connection* const raw = connection.get();
    all_.emplace(raw, std::move(connection));
    raw->Start();
  });
}

void Connections::Shutdown(absl::Duration grace) {
  const auto for_each = [this](void (Connection::*act)()) {
    loop_->Post([this, act] {
      std::vector<std::shared_ptr<Connection>> all;
      for (const auto& [raw, connection] : all_) all.push_back(connection);
      for (const auto& connection : all) ((*connection).*act)();
    });
  };
  for_each(&Connection::GoAway);
  const MonotonicTime end = MonotonicNow() + ToMonotonic(grace);
  while (count_.load(std::memory_order_acquire) > 0 && MonotonicNow() < end) {
    absl::SleepFor(kLook);
  }
  for_each(&Connection::Close);
  work_.Stop();
  // Tasks run in the order in which they were posted, and what closing posts
  // refers to the connection alone.
  std::atomic<bool> done{false};
  loop_->Post([&done] { done.store(true, std::memory_order_release); });
  while (!done.load(std::memory_order_acquire)) absl::SleepFor(kLook);
}

void Connections::OnClosed(Connection* connection) {
  const auto found = all_.find(connection);
  // It goes on for a moment after this.
  loop_->Post([ended = std::move(found->second)] {});
  all_.erase(found);
  count_.fetch_sub(1, std::memory_order_acq_rel);
}

}  // namespace rolegate::service::http1
