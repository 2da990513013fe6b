// Shares a number of places between those who want them.
//
// A share limits nobody while places are free, because one peer may be a
// gateway, the socket of a sidecar or a whole network behind one address.  Once
// the places are used up, the holder of the most gives to holders of fewer,
// until all who want places hold the same number.  Only work that makes no
// progress is taken back.

#ifndef ROLEGATE_SERVICE_BASE_PLACES_H_
#define ROLEGATE_SERVICE_BASE_PLACES_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate::service {

// The one for whom a call is counted: where it comes from, and who asks.
struct Holder {
  // Empty where the peer carries many who are counted one by one.
  std::string peer;
  // Never empty: callers whose name is known only after the work share one.
  std::string principal;

  friend bool operator==(const Holder&, const Holder&) = default;
};

// Not thread-safe.
class Places {
 public:
  explicit Places(int total) : total_(total), most_(total - (total + 9) / 10) {
    if (most_ < 1) most_ = 1;
  }

  // Whether there is room for `weight` places more.  A tenth of all places is
  // kept for others: neither a peer nor a principal holds more than the rest.
  // A weight that could never fit counts as the most that one may hold.
  bool Fits(const Holder& holder, int weight) const;

  void Take(const Holder& holder, int weight);
  void Give(const Holder& holder, int weight);

  // Returns who gives a place to `wanting`, for whom `weight` places did not
  // fit: the number of one of `waiting`, each of whom has something that can be
  // taken back.  Returns -1 if none of them holds more than `wanting` would.
  std::ptrdiff_t WhoGives(absl::Span<const Holder* const> waiting,
                          const Holder& wanting, int weight) const;

  int total() const { return total_; }
  int held() const { return held_; }
  int HeldByPeer(absl::string_view peer) const { return In(peers_, peer); }
  int HeldByPrincipal(absl::string_view principal) const {
    return In(principals_, principal);
  }
  int Capped(int weight) const { return weight < most_ ? weight : most_; }

 private:
  using Counts = absl::flat_hash_map<std::string, int>;
  // The places that somebody holds, by peer and by principal, the larger number
  // first.
  using Load = std::pair<int, int>;

  static int In(const Counts& counts, absl::string_view key);
  static void Add(Counts* counts, absl::string_view key, int number);
  static Load LoadOf(const Holder& holder, int by_peer, int by_principal);

  const int total_;
  int most_;  // that one may hold
  int held_ = 0;
  Counts peers_;
  Counts principals_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_PLACES_H_
