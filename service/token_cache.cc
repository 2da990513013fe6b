#include "service/token_cache.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kHashedBytes = 32;

// The table in a shard goes by the lowest bits of a hash, the shards by others.
constexpr int kShardShift = 48;

// About what an entry takes: the token twice, and the session made of it.
std::size_t CostOf(absl::string_view token) { return 4 * token.size() + 512; }

// A clock may have been set back, too.
bool IsInItsTime(const RoleSession& session, absl::Time now) {
  return now < session.expires_at && session.issued_at <= now + kClockSkew;
}

}  // namespace

std::size_t TokenCache::HashOfEnd::operator()(absl::string_view token) const {
  token.remove_prefix(token.size() - std::min(token.size(), kHashedBytes));
  return absl::Hash<absl::string_view>()(token);
}

VerifiedSubject TokenCache::Verify(absl::string_view token,
                                   const TokenParties& parties,
                                   const std::shared_ptr<const KeySet>& keys,
                                   absl::Time now) {
  // One hash finds the shard and, in it, the entry.
  const std::size_t hash = HashOfEnd()(token);
  Shard& shard = shards_[(hash >> kShardShift) % kShards];
  std::shared_ptr<const Subject> known;
  {
    absl::ReaderMutexLock lock(&shard.mu);
    const auto found = shard.entries.find(token, hash);
    if (found != shard.entries.end() && found->second.keys == keys &&
        IsInItsTime(*found->second.subject->session, now)) {
      known = found->second.subject;
    }
  }
  if (known != nullptr) return *known;
  VerifiedToken verified = VerifyToken(token, parties, *keys, now);
  if (StsError* const error = std::get_if<StsError>(&verified)) {
    return std::move(*error);
  }
  known = std::make_shared<const Subject>(Subject::OfSession(
      std::get<std::shared_ptr<const RoleSession>>(std::move(verified))));
  Insert(shard, token, {known, keys});
  return *known;
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
    absl::ReaderMutexLock lock(&shard.mu);
    total += shard.bytes;
  }
  return total;
}

}  // namespace rolegate::service
