// Shares a number of places among peers, so that no peer takes all of them.

#ifndef ROLEGATE_SERVICE_BASE_PEER_SHARES_H_
#define ROLEGATE_SERVICE_BASE_PEER_SHARES_H_

#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

// Counts the places that each peer holds.  Shares bind only when places run
// short, because one gateway may speak for everybody.  While fewer than nine of
// ten places are taken, everybody gets in.  Beyond that a peer has its share,
// which is the number of places divided by the number of peers that hold any.
// A peer that is alone can thus hold nine of ten places, and the last tenth is
// there for those who come after it.
//
// Memory grows with the places that are held.  Not thread-safe.
class PeerShares {
 public:
  // `max` is the number of places, at least 1.
  explicit PeerShares(std::size_t max);

  enum class Answer {
    kIn,                  // there is a place
    kInsteadOfGreediest,  // if the greediest peer gives a place back
    kInsteadOfOwn,        // if the peer itself gives a place back
  };

  // Whether `peer` may have one more place.  Changes nothing.
  Answer Ask(absl::string_view peer) const;

  void Add(absl::string_view peer);
  void Remove(absl::string_view peer);  // does nothing if it holds none

  std::size_t max() const { return max_; }
  std::size_t total() const { return total_; }
  std::size_t count(absl::string_view peer) const;
  std::size_t peers() const { return counts_.size(); }

  // The peer that holds the most places; empty if nobody holds any.
  absl::string_view greediest() const;

  // Whether so many places are taken that shares bind.
  bool scarce() const { return total_ >= alone_; }

 private:
  const std::size_t max_;
  const std::size_t alone_;  // what one peer may hold
  std::size_t total_ = 0;
  absl::node_hash_map<std::string, std::size_t> counts_;
  // The same counts in their order.  The texts are the keys of `counts_`.
  std::set<std::pair<std::size_t, absl::string_view>> order_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_PEER_SHARES_H_
