#include "service/token_cache.h"

#include <utility>

#include "absl/hash/hash.h"

namespace rolegate::service {
namespace {

// About what an entry takes: the token twice, and the session made of it.
std::size_t CostOf(absl::string_view token) { return 4 * token.size() + 512; }

}  // namespace

TokenCache::Shard& TokenCache::ShardOf(absl::string_view token) {
  return shards_[absl::Hash<absl::string_view>()(token) % kShards];
}

VerifiedToken TokenCache::Verify(absl::string_view token,
                                 const TokenParties& parties,
                                 const std::shared_ptr<const KeySet>& keys,
                                 absl::Time now) {
  Shard& shard = ShardOf(token);
  {
    absl::MutexLock lock(&shard.mu);
    const auto found = shard.entries.find(token);
    if (found != shard.entries.end() && found->second.keys == keys &&
        now < found->second.session->expires_at) {
      return found->second.session;
    }
  }
  VerifiedToken verified = VerifyToken(token, parties, *keys, now);
  if (const auto* session =
          std::get_if<std::shared_ptr<const RoleSession>>(&verified)) {
    Insert(shard, token, {*session, keys});
  }
  return verified;
}

void TokenCache::Insert(Shard& shard, absl::string_view token, Entry entry) {
  const std::size_t max_shard_bytes = max_bytes_ / kShards;
  absl::MutexLock lock(&shard.mu);
  const auto [at, added] =
      shard.entries.insert_or_assign(std::string(token), std::move(entry));
  if (!added) return;
  shard.order.emplace_back(token);
  shard.bytes += CostOf(token);
  while (shard.bytes > max_shard_bytes && !shard.order.empty()) {
    shard.bytes -= CostOf(shard.order.front());
    shard.entries.erase(shard.order.front());
    shard.order.pop_front();
  }
}

std::size_t TokenCache::bytes() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mu);
    total += shard.bytes;
  }
  return total;
}

}  // namespace rolegate::service
