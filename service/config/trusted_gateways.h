// Peers that carry many: they are counted by whom they ask for.

#ifndef ROLEGATE_SERVICE_CONFIG_TRUSTED_GATEWAYS_H_
#define ROLEGATE_SERVICE_CONFIG_TRUSTED_GATEWAYS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/text/cidr.h"

namespace rolegate::service {

// Immutable; thread-safe.
class TrustedGateways {
 public:
  // Texts that Check took.
  explicit TrustedGateways(const std::vector<std::string>& texts);

  // Whether a text is an address or a range of addresses (`10.0.0.7`,
  // `10.1.0.0/16`), a Unix socket (`unix:/path`) or a principal
  // (`service:gateway.example`, or the ARN of a user); kInvalidArgument, saying
  // what was expected.
  static absl::Status Check(absl::string_view text);

  bool empty() const {
    return ranges_.empty() && sockets_.empty() && principals_.empty();
  }
  bool names_principals() const { return !principals_.empty(); }

  // `peer`: an address, or a socket as `unix:/path`.
  bool CoverPeer(absl::string_view peer) const;
  // `name`: as a listener names a principal.  An empty one is nobody's.
  bool CoverPrincipal(absl::string_view name) const;

 private:
  std::vector<CidrBlock> ranges_;
  absl::flat_hash_set<std::string> sockets_;
  absl::flat_hash_set<std::string> principals_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_TRUSTED_GATEWAYS_H_
