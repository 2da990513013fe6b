// Slows down a peer that does something too often, and nobody else.

#ifndef ROLEGATE_SERVICE_BASE_PEER_LIMITER_H_
#define ROLEGATE_SERVICE_BASE_PEER_LIMITER_H_

#include <atomic>
#include <cstddef>
#include <list>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "service/base/monotonic.h"

namespace rolegate::service {

// A token bucket for each peer.  A bucket holds what ten seconds fill, so that
// a burst after a quiet time passes.  Thread-safe.
//
// Its memory is bounded: it forgets the peer that was silent for the longest
// time, which later begins with a full bucket.
class PeerLimiter {
 public:
  static constexpr int kBurstSeconds = 10;

  // `per_second` 0: no limit.
  explicit PeerLimiter(int per_second, std::size_t max_peers = 16'384)
      : per_second_(per_second), max_peers_(max_peers) {}

  // Whether nobody has taken anything yet, so that every bucket is full.  Costs
  // one load.
  bool untouched() const { return !touched_.load(std::memory_order_relaxed); }

  // Takes one from the peer's bucket; false if it is empty.
  bool Take(absl::string_view peer, MonotonicTime now);

  // Whether the peer's bucket is empty; takes nothing.
  bool Exhausted(absl::string_view peer, MonotonicTime now);

  std::size_t peers() const;

 private:
  struct Bucket {
    std::string peer;
    double left;
    MonotonicTime filled_at;
  };
  using Order = std::list<Bucket>;

  void Fill(Bucket* bucket, MonotonicTime now) const;

  const int per_second_;
  const std::size_t max_peers_;
  std::atomic<bool> touched_{false};
  mutable absl::Mutex mu_;
  Order order_ ABSL_GUARDED_BY(mu_);  // heard of last first
  // Keys are views of the buckets' names.
  absl::flat_hash_map<absl::string_view, Order::iterator> buckets_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_PEER_LIMITER_H_
