// Tells local peers, trusted gateways and others apart.

#ifndef ROLEGATE_SERVICE_ANSWER_PEER_CLASS_H_
#define ROLEGATE_SERVICE_ANSWER_PEER_CLASS_H_

#include "absl/strings/string_view.h"
#include "service/config/trusted_gateways.h"
#include "service/metrics/door_metrics.h"

namespace rolegate::service {

// `origin`: an address, "10.0.0.7", or the Unix socket that a peer came by,
// "unix:/path".
PeerClass ClassOfPeer(absl::string_view origin,
                      const TrustedGateways& gateways);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_PEER_CLASS_H_
