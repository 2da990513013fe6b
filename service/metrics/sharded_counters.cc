#include "service/metrics/sharded_counters.h"

namespace rolegate::service {

ShardedCounters::ShardedCounters(std::size_t size) {
  for (auto& shard : shards_) shard = std::make_unique<Counter[]>(size);
}

std::uint64_t ShardedCounters::Sum(std::size_t counter) const {
  std::uint64_t sum = 0;
  for (const auto& shard : shards_) {
    sum += shard[counter].load(std::memory_order_relaxed);
  }
  return sum;
}

ShardedCounters::Counter* ShardedCounters::ShardOfThread() const {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t shard =
      threads.fetch_add(1, std::memory_order_relaxed) % kShards;
  return shards_[shard].get();
}

}  // namespace rolegate::service
