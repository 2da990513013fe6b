// Counters that many threads add to at once.

#ifndef ROLEGATE_SERVICE_METRICS_SHARDED_COUNTERS_H_
#define ROLEGATE_SERVICE_METRICS_SHARDED_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace rolegate::service {

// A row of counters, kept several times over so that threads seldom share a
// cache line.  To add costs an atomic addition and no lock.  Thread-safe.
class ShardedCounters {
 public:
  explicit ShardedCounters(std::size_t size);

  void Add(std::size_t counter, std::uint64_t amount = 1) {
    ShardOfThread()[counter].fetch_add(amount, std::memory_order_relaxed);
  }
  // What all threads have added so far.
  std::uint64_t Sum(std::size_t counter) const;

 private:
  using Counter = std::atomic<std::uint64_t>;

  static constexpr std::size_t kShards = 4;

  Counter* ShardOfThread() const;

  std::array<std::unique_ptr<Counter[]>, kShards> shards_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_METRICS_SHARDED_COUNTERS_H_
