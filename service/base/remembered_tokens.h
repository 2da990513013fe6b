// Remembers something of each token that was found good.

#ifndef ROLEGATE_SERVICE_BASE_REMEMBERED_TOKENS_H_
#define ROLEGATE_SERVICE_BASE_REMEMBERED_TOKENS_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service {

// How often a token was looked for since the start, by whether it was there.
struct TokenLookups {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

// Remembers what tokens were found to be.  It is keyed by the whole token and
// bounded in bytes: it forgets the oldest first.  The caller must make sure
// that what it finds still holds.  Thread-safe; callers who find their token
// never wait for each other.
template <typename T>
class RememberedTokens {
 public:
  explicit RememberedTokens(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Null if nothing is remembered.
  std::shared_ptr<const T> Find(absl::string_view token) const {
    // One hash finds the shard and, in it, the entry.
    const std::size_t hash = HashOfEnd()(token);
    const Shard& shard = shards_[ShardOf(hash)];
    absl::ReaderMutexLock lock(&shard.mu);
    const auto found = shard.entries.find(token, hash);
    const bool known = found != shard.entries.end();
    // The lock has the cache line of the counters already.
    (known ? shard.hits : shard.misses).fetch_add(1, std::memory_order_relaxed);
    return known ? found->second : nullptr;
  }

  void Insert(absl::string_view token, std::shared_ptr<const T> value) {
    Shard& shard = shards_[ShardOf(HashOfEnd()(token))];
    absl::MutexLock lock(&shard.mu);
    const auto [at, added] =
        shard.entries.insert_or_assign(std::string(token), std::move(value));
    if (!added) return;
    shard.order.emplace_back(token);
    shard.bytes += CostOf(token);
    while (shard.bytes > max_bytes_ / kShards && !shard.order.empty()) {
      shard.bytes -= CostOf(shard.order.front());
      shard.entries.erase(shard.order.front());
      shard.order.pop_front();
    }
  }

  TokenLookups lookups() const {
    TokenLookups total;
    for (const Shard& shard : shards_) {
      total.hits += shard.hits.load(std::memory_order_relaxed);
      total.misses += shard.misses.load(std::memory_order_relaxed);
    }
    return total;
  }

  std::size_t bytes() const {
    std::size_t total = 0;
    for (const Shard& shard : shards_) {
      absl::ReaderMutexLock lock(&shard.mu);
      total += shard.bytes;
    }
    return total;
  }

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kHashedBytes = 32;

  // Hashes the end of a token, which is the end of its signature and so differs
  // from all others.  A token that is found by it is compared as a whole.
  struct HashOfEnd {
    using is_transparent = void;
    std::size_t operator()(absl::string_view token) const {
      token.remove_prefix(token.size() - std::min(token.size(), kHashedBytes));
      return absl::Hash<absl::string_view>()(token);
    }
  };
  using Entries = absl::flat_hash_map<std::string, std::shared_ptr<const T>,
                                      HashOfEnd, std::equal_to<>>;
  struct Shard {
    mutable absl::Mutex mu;
    mutable std::atomic<std::uint64_t> hits{0};
    mutable std::atomic<std::uint64_t> misses{0};
    Entries entries ABSL_GUARDED_BY(mu);
    std::deque<std::string> order ABSL_GUARDED_BY(mu);  // oldest first
    std::size_t bytes ABSL_GUARDED_BY(mu) = 0;
  };

  // The table in a shard goes by the lowest bits of a hash, the shards by
  // others.
  static std::size_t ShardOf(std::size_t hash) {
    return (hash >> 48) % kShards;
  }

  // The bytes of an entry, roughly: the token twice, and what is made of it.
  static std::size_t CostOf(absl::string_view token) {
    return 4 * token.size() + 512;
  }

  const std::size_t max_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_REMEMBERED_TOKENS_H_
