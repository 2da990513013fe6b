#include "service/answer/unsent_answers.h"

#include <utility>

#include "absl/hash/hash.h"

namespace rolegate::service {

UnsentAnswers::Shard& UnsentAnswers::ShardOf(const UnsentAnswer* answer) {
  return shards_[absl::Hash<const void*>()(answer) % kShards];
}

void UnsentAnswers::Add(UnsentAnswer* answer, std::size_t bytes) {
  answer->bytes_ = kBytesOfCall + 3 * bytes;
  answer->since_ = MonotonicNow();
  {
    Shard& shard = ShardOf(answer);
    absl::MutexLock lock(&shard.mu);
    answer->listed_ = true;
    answer->after_ = nullptr;
    answer->before_ = shard.newest;
    (shard.newest == nullptr ? shard.oldest : shard.newest->after_) = answer;
    shard.newest = answer;
  }
  const std::uint64_t before =
      bytes_.fetch_add(answer->bytes_, std::memory_order_relaxed);
  if (before + answer->bytes_ > max_bytes_) MakeRoom();
}

void UnsentAnswers::Remove(UnsentAnswer* answer) {
  Shard& shard = ShardOf(answer);
  absl::MutexLock lock(&shard.mu);
  if (answer->listed_) Unlink(&shard, answer);
}

void UnsentAnswers::Unlink(Shard* shard, UnsentAnswer* answer) {
  UnsentAnswer* const before = answer->before_;
  UnsentAnswer* const after = answer->after_;
  (before == nullptr ? shard->oldest : before->after_) = after;
  (after == nullptr ? shard->newest : after->before_) = before;
  answer->listed_ = false;
  bytes_.fetch_sub(answer->bytes_, std::memory_order_relaxed);
}

std::function<void()> UnsentAnswers::TakeOldest(Shard* shard,
                                                MonotonicTime than) {
  absl::MutexLock lock(&shard->mu);
  UnsentAnswer* const oldest = shard->oldest;
  if (oldest == nullptr || oldest->since_ >= than) return nullptr;
  Unlink(shard, oldest);
  return oldest->Ending();
}

void UnsentAnswers::GiveUpOld(MonotonicTime now) {
  for (Shard& shard : shards_) {
    while (const auto end = TakeOldest(&shard, now - max_age_)) {
      given_up_.fetch_add(1, std::memory_order_relaxed);
      end();
    }
  }
}

void UnsentAnswers::MakeRoom() {
  while (bytes() > max_bytes_) {
    Shard* shard = nullptr;
    MonotonicTime since = MonotonicTime::max();
    for (Shard& each : shards_) {
      absl::MutexLock lock(&each.mu);
      if (each.oldest == nullptr || each.oldest->since_ >= since) continue;
      shard = &each;
      since = each.oldest->since_;
    }
    if (shard == nullptr) return;
    // Another thread may have been faster; then there is one less.
    const auto end = TakeOldest(shard, MonotonicTime::max());
    if (end == nullptr) continue;
    given_up_.fetch_add(1, std::memory_order_relaxed);
    end();
  }
}

}  // namespace rolegate::service
