#include "service/http2/byte_pool.h"

#include <utility>

namespace rolegate::service::http2 {

bool BytePool::Hold(ByteGrant* grant, absl::string_view peer, std::size_t bytes,
                    MonotonicTime now) {
  const absl::MutexLock lock(&mu_);
  if (bytes == grant->bytes_) return true;
  if (bytes == 0) {
    Drop(grant);
    return true;
  }
  if (bytes > grant->bytes_ &&
      !MakeRoom(peer, bytes - grant->bytes_, now, grant)) {
    return false;
  }
  const auto known = peers_.try_emplace(peer).first;
  Peer& own = known->second;
  const std::size_t before = grant->bytes_;
  if (before == 0) {
    grant->peer_ = &known->first;
    grant->since_ = now;
    grant->before_ = own.newest;
    grant->after_ = nullptr;
    (own.newest == nullptr ? own.oldest : own.newest->after_) = grant;
    own.newest = grant;
  }
  grant->bytes_ = bytes;
  Count(known, own.bytes - before + bytes);
  return true;
}

void BytePool::Release(ByteGrant* grant) {
  // Only its holder's thread gives it bytes, so that it has none now if it
  // never had any.
  if (grant->peer_ == nullptr) return;
  const absl::MutexLock lock(&mu_);
  Drop(grant);
}

std::size_t BytePool::held() const {
  const absl::MutexLock lock(&mu_);
  return held_;
}

BytePool::Shortages BytePool::shortages() const {
  const absl::MutexLock lock(&mu_);
  return shortages_;
}

bool BytePool::MakeRoom(absl::string_view peer, std::size_t more,
                        MonotonicTime now, const ByteGrant* keep) {
  for (;;) {
    const auto own = peers_.find(peer);
    const std::size_t mine = own == peers_.end() ? 0 : own->second.bytes;
    if (mine + more <= alone_ && held_ + more <= max_) return true;
    ByteGrant* giver = nullptr;
    if (mine + more <= alone_ && !order_.empty() &&
        order_.rbegin()->first > mine + more) {
      giver = peers_.find(order_.rbegin()->second)->second.oldest;
    } else if (own != peers_.end()) {
      giver = own->second.oldest;
      if (giver == keep) giver = giver->after_;
      if (giver != nullptr && now - giver->since_ < kStale) giver = nullptr;
    }
    if (giver == nullptr) {
      ++shortages_.refused;
      return false;
    }
    ++shortages_.taken_back;
    TakeBack(giver);
  }
}

void BytePool::TakeBack(ByteGrant* grant) {
  grant->OnTakenBack();
  Drop(grant);
}

void BytePool::Drop(ByteGrant* grant) {
  if (grant->bytes_ == 0) return;
  const auto known = peers_.find(*grant->peer_);
  Peer& own = known->second;
  (grant->before_ == nullptr ? own.oldest : grant->before_->after_) =
      grant->after_;
  (grant->after_ == nullptr ? own.newest : grant->after_->before_) =
      grant->before_;
  const std::size_t bytes = std::exchange(grant->bytes_, 0);
  Count(known, own.bytes - bytes);
}

void BytePool::Count(Peers::iterator peer, std::size_t bytes) {
  held_ += bytes - peer->second.bytes;
  order_.erase({peer->second.bytes, peer->first});
  peer->second.bytes = bytes;
  if (bytes == 0) {
    peers_.erase(peer);
  } else {
    order_.emplace(bytes, peer->first);
  }
}

}  // namespace rolegate::service::http2
