#include "service/answer/peer_class.h"

#include "absl/strings/match.h"

namespace rolegate::service {

PeerClass ClassOfPeer(absl::string_view origin,
                      const TrustedGateways& gateways) {
  if (gateways.CoverPeer(origin)) return PeerClass::kGateway;
  const bool local = absl::StartsWith(origin, "unix:") ||
                     absl::StartsWith(origin, "127.") || origin == "::1";
  return local ? PeerClass::kLocal : PeerClass::kOther;
}

}  // namespace rolegate::service
