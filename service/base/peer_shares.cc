#include "service/base/peer_shares.h"

#include <algorithm>

namespace rolegate::service {
namespace {

// One place of ten, at least one, is kept from a peer that is alone.
constexpr std::size_t kKeptPart = 10;

std::size_t AloneOf(std::size_t max) {
  const std::size_t kept = std::max<std::size_t>(1, max / kKeptPart);
  return std::max<std::size_t>(1, max - std::min(max, kept));
}

}  // namespace

PeerShares::PeerShares(std::size_t max)
    : max_(std::max<std::size_t>(1, max)), alone_(AloneOf(max_)) {}

PeerShares::Answer PeerShares::Ask(absl::string_view peer) const {
  if (!scarce()) return Answer::kIn;
  const std::size_t held = count(peer);
  const std::size_t sharers = peers() + (held == 0 ? 1 : 0);
  const std::size_t share =
      std::min(alone_, std::max<std::size_t>(1, max_ / sharers));
  if (held >= share) return Answer::kInsteadOfOwn;
  return total_ < max_ ? Answer::kIn : Answer::kInsteadOfGreediest;
}

void PeerShares::Add(absl::string_view peer) {
  const auto [known, is_new] = counts_.try_emplace(peer, 0);
  if (!is_new) order_.erase({known->second, known->first});
  order_.emplace(++known->second, known->first);
  ++total_;
}

void PeerShares::Remove(absl::string_view peer) {
  const auto known = counts_.find(peer);
  if (known == counts_.end()) return;
  order_.erase({known->second, known->first});
  --total_;
  if (--known->second == 0) {
    counts_.erase(known);
  } else {
    order_.emplace(known->second, known->first);
  }
}

std::size_t PeerShares::count(absl::string_view peer) const {
  const auto known = counts_.find(peer);
  return known == counts_.end() ? 0 : known->second;
}

absl::string_view PeerShares::greediest() const {
  return order_.empty() ? absl::string_view() : order_.rbegin()->second;
}

}  // namespace rolegate::service
