#include "service/base/places.h"

#include <algorithm>

namespace rolegate::service {

int Places::In(const Counts& counts, absl::string_view key) {
  if (key.empty()) return 0;
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void Places::Add(Counts* counts, absl::string_view key, int number) {
  if (key.empty()) return;
  const auto at = counts->try_emplace(key, 0).first;
  at->second += number;
  if (at->second == 0) counts->erase(at);
}

Places::Load Places::LoadOf(const Holder& holder, int by_peer,
                            int by_principal) {
  if (holder.peer.empty()) by_peer = by_principal;
  return {std::max(by_peer, by_principal), std::min(by_peer, by_principal)};
}

bool Places::Fits(const Holder& holder, int weight) const {
  weight = Capped(weight);
  return held_ + weight <= total_ &&
         HeldByPeer(holder.peer) + weight <= most_ &&
         HeldByPrincipal(holder.principal) + weight <= most_;
}

void Places::Take(const Holder& holder, int weight) {
  weight = Capped(weight);
  held_ += weight;
  Add(&peers_, holder.peer, weight);
  Add(&principals_, holder.principal, weight);
}

void Places::Give(const Holder& holder, int weight) {
  Take(holder, -Capped(weight));
}

std::ptrdiff_t Places::WhoGives(absl::Span<const Holder* const> waiting,
                                const Holder& wanting, int weight) const {
  weight = Capped(weight);
  const int peer = HeldByPeer(wanting.peer);
  const int principal = HeldByPrincipal(wanting.principal);
  // If a peer or a principal holds all that one may, only its own places make
  // room.
  const bool of_peer = !wanting.peer.empty() && peer + weight > most_;
  const bool of_principal = principal + weight > most_;
  std::ptrdiff_t giver = -1;
  Load most;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const Holder& each = *waiting[i];
    const bool same_peer = each.peer == wanting.peer;
    const bool same_principal = each.principal == wanting.principal;
    if ((of_peer && !same_peer) || (of_principal && !same_principal)) continue;
    const Load load =
        LoadOf(each, HeldByPeer(each.peer), HeldByPrincipal(each.principal));
    // A place that goes from one to the other stays with the peer, or the
    // principal, that both have.
    const Load after = LoadOf(wanting, peer + (same_peer ? 0 : weight),
                              principal + (same_principal ? 0 : weight));
    if (load <= after || (giver >= 0 && load <= most)) continue;
    giver = static_cast<std::ptrdiff_t>(i);
    most = load;
  }
  return giver;
}

}  // namespace rolegate::service
