#include "service/base/peer_limiter.h"

#include <algorithm>

namespace rolegate::service {

void PeerLimiter::Fill(Bucket* bucket, MonotonicTime now) const {
  if (now <= bucket->filled_at) return;
  const double capacity = static_cast<double>(per_second_) * kBurstSeconds;
  const double seconds =
      std::chrono::duration<double>(now - bucket->filled_at).count();
  bucket->left = std::min(capacity, bucket->left + seconds * per_second_);
  bucket->filled_at = now;
}

bool PeerLimiter::Take(absl::string_view peer, MonotonicTime now) {
  if (per_second_ == 0) return true;
  touched_.store(true, std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  if (const auto known = buckets_.find(peer); known != buckets_.end()) {
    order_.splice(order_.begin(), order_, known->second);
  } else {
    if (order_.size() >= max_peers_) {
      buckets_.erase(order_.back().peer);
      order_.pop_back();
    }
    order_.push_front({std::string(peer),
                       static_cast<double>(per_second_) * kBurstSeconds, now});
    buckets_.emplace(order_.front().peer, order_.begin());
  }
  Bucket& bucket = order_.front();
  Fill(&bucket, now);
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

bool PeerLimiter::Exhausted(absl::string_view peer, MonotonicTime now) {
  if (untouched()) return false;
  absl::MutexLock lock(&mu_);
  const auto known = buckets_.find(peer);
  if (known == buckets_.end()) return false;
  Fill(&*known->second, now);
  return known->second->left < 1;
}

std::size_t PeerLimiter::peers() const {
  absl::MutexLock lock(&mu_);
  return order_.size();
}

}  // namespace rolegate::service
