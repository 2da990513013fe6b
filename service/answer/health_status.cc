#include "service/answer/health_status.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rolegate::service {
namespace {

constexpr std::array<absl::string_view, 5> kServices = {
    "", "rolegate.v1.SecurityTokenService", "rolegate.v1.AuthorizationService",
    "rolegate.v1.RegistryService", "rolegate.v1.PolicyService"};
constexpr absl::string_view kLiveness = "rolegate.liveness";

}  // namespace

bool IsGood(const HealthChecks& checks) {
  return std::all_of(
      checks.begin(), checks.end(),
      [](const HealthCheck& check) { return check.fault.empty(); });
}

Health HealthStatus::Of(absl::string_view service) const {
  absl::MutexLock lock(&mu_);
  if (service == kLiveness) {
    return IsGood(liveness_) ? Health::kServing : Health::kNotServing;
  }
  if (std::find(kServices.begin(), kServices.end(), service) ==
      kServices.end()) {
    return Health::kUnknownService;
  }
  return IsGood(ReadinessLocked()) ? Health::kServing : Health::kNotServing;
}

HealthChecks HealthStatus::Liveness() const {
  absl::MutexLock lock(&mu_);
  return liveness_;
}

HealthChecks HealthStatus::Readiness() const {
  absl::MutexLock lock(&mu_);
  return ReadinessLocked();
}

HealthChecks HealthStatus::ReadinessLocked() const {
  return {{"registry", ready_ ? "" : "no registry is in force"},
          {"shutdown", draining_ ? "the server is stopping" : ""}};
}

void HealthStatus::SetReady(bool ready) {
  {
    absl::MutexLock lock(&mu_);
    if (std::exchange(ready_, ready) == ready) return;
  }
  Tell();
}

void HealthStatus::SetLiveness(HealthChecks checks) {
  const bool alive = IsGood(checks);
  {
    absl::MutexLock lock(&mu_);
    if (IsGood(std::exchange(liveness_, std::move(checks))) == alive) return;
  }
  Tell();
}

void HealthStatus::Drain() {
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
  }
  Tell();
}

bool HealthStatus::Add(std::shared_ptr<HealthWatcher> watcher,
                       absl::string_view peer) {
  std::shared_ptr<HealthWatcher> other;
  {
    absl::MutexLock lock(&mu_);
    if (ended_) return false;
    switch (shares_.Ask(peer)) {
      case PeerShares::Answer::kIn:
        break;
      case PeerShares::Answer::kInsteadOfOwn:
        other = TakeOldest(peer);
        break;
      case PeerShares::Answer::kInsteadOfGreediest:
        other = TakeOldest(shares_.greediest());
        break;
    }
    shares_.Add(peer);
    const HealthWatcher* const key = watcher.get();
    watches_.push_back({std::move(watcher), std::string(peer)});
    places_.emplace(key, std::prev(watches_.end()));
  }
  if (other != nullptr) other->End();
  return true;
}

void HealthStatus::Remove(const HealthWatcher* watcher) {
  std::shared_ptr<HealthWatcher> last;  // freed without the lock
  absl::MutexLock lock(&mu_);
  const auto known = places_.find(watcher);
  if (known != places_.end()) last = Take(known->second);
}

void HealthStatus::EndWatches() {
  Watches all;
  {
    absl::MutexLock lock(&mu_);
    ended_ = true;
    for (const Watch& watch : watches_) shares_.Remove(watch.peer);
    places_.clear();
    all.swap(watches_);
  }
  for (const Watch& watch : all) watch.watcher->End();
}

std::size_t HealthStatus::watches() const {
  absl::MutexLock lock(&mu_);
  return watches_.size();
}

void HealthStatus::Tell() {
  std::vector<std::shared_ptr<HealthWatcher>> all;
  {
    absl::MutexLock lock(&mu_);
    for (const Watch& watch : watches_) all.push_back(watch.watcher);
  }
  for (const auto& watcher : all) watcher->OnHealth();
}

std::shared_ptr<HealthWatcher> HealthStatus::TakeOldest(
    absl::string_view peer) {
  const auto oldest =
      std::find_if(watches_.begin(), watches_.end(),
                   [&](const Watch& watch) { return watch.peer == peer; });
  return oldest == watches_.end() ? nullptr : Take(oldest);
}

std::shared_ptr<HealthWatcher> HealthStatus::Take(Watches::iterator watch) {
  std::shared_ptr<HealthWatcher> watcher = std::move(watch->watcher);
  places_.erase(watcher.get());
  shares_.Remove(watch->peer);
  watches_.erase(watch);
  return watcher;
}

}  // namespace rolegate::service
