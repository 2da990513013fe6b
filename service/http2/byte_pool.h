// Memory that all connections share, so that no peer has all of it.

#ifndef ROLEGATE_SERVICE_HTTP2_BYTE_POOL_H_
#define ROLEGATE_SERVICE_HTTP2_BYTE_POOL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "service/base/monotonic.h"

namespace rolegate::service::http2 {

class BytePool;

// What one call or one connection holds of a pool.  Ends before the pool.
class ByteGrant {
 public:
  ByteGrant() = default;
  ByteGrant(const ByteGrant&) = delete;
  ByteGrant& operator=(const ByteGrant&) = delete;

 protected:
  ~ByteGrant() = default;

 private:
  friend class BytePool;

  // Its bytes went to somebody else: what they are for is to be given up, a
  // moment later and by the holder's own thread.  Called by any thread, under
  // the pool's lock.
  virtual void OnTakenBack() = 0;

  const std::string* peer_ = nullptr;
  std::size_t bytes_ = 0;
  MonotonicTime since_;
  ByteGrant* before_ = nullptr;  // of the same peer
  ByteGrant* after_ = nullptr;
};

// Grants what is asked for while there is some.  A peer alone has nine tenths
// at most.  When bytes run short, the peer that holds the most gives its oldest
// grant to one that would hold less; and a peer gives its own oldest grant for
// a new one, if that one has been held for kStale.  Thread-safe.
class BytePool {
 public:
  static constexpr MonotonicTime::duration kStale = std::chrono::seconds(2);

  explicit BytePool(std::size_t max) : max_(max), alone_(max - max / 10) {}

  // Has `grant` hold `bytes` in place of what it held, for `peer`, which stays
  // the same.  False, and it holds what it held, if it cannot have more.
  bool Hold(ByteGrant* grant, absl::string_view peer, std::size_t bytes,
            MonotonicTime now);
  void Release(ByteGrant* grant);

  std::size_t held() const;
  // Since the start: how often it ran short, by what became of it.
  struct Shortages {
    std::uint64_t taken_back = 0;  // a grant went to somebody else
    std::uint64_t refused = 0;
  };
  Shortages shortages() const;
  std::size_t max() const { return max_; }

 private:
  struct Peer {
    std::size_t bytes = 0;
    ByteGrant* oldest = nullptr;
    ByteGrant* newest = nullptr;
  };
  using Peers = absl::node_hash_map<std::string, Peer>;

  bool MakeRoom(absl::string_view peer, std::size_t more, MonotonicTime now,
                const ByteGrant* keep) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeBack(ByteGrant* grant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Drop(ByteGrant* grant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Count(Peers::iterator peer, std::size_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::size_t max_;
  const std::size_t alone_;
  mutable absl::Mutex mu_;
  std::size_t held_ ABSL_GUARDED_BY(mu_) = 0;
  Shortages shortages_ ABSL_GUARDED_BY(mu_);
  Peers peers_ ABSL_GUARDED_BY(mu_);
  // What each holds, the most last; the texts are keys of `peers_`.
  std::set<std::pair<std::size_t, absl::string_view>> order_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_BYTE_POOL_H_
