// Bounds what the forgeries of one peer cost.

#ifndef ROLEGATE_SERVICE_BASE_SIGNATURE_GATE_H_
#define ROLEGATE_SERVICE_BASE_SIGNATURE_GATE_H_

#include "absl/functional/function_ref.h"
#include "engine/sts/api_error.h"
#include "service/base/monotonic.h"
#include "service/base/peer_limiter.h"

namespace rolegate::service {

// Stands before every check of a token's signature, because that check is what
// a forgery costs.  A token that is remembered, an identity that the connection
// proves, and a token whose shape is wrong need no such check and never come
// here.  Thus the forgeries of one process keep nobody out who brings a known
// token, although all callers of a Unix socket are one peer.
//
// For one call; not thread-safe.
class SignatureGate {
 public:
  // `failures` has a bucket for each peer.  `peer` returns the name of the
  // calling peer, and is called only after a check has failed.  Both must
  // outlive the gate.
  SignatureGate(PeerLimiter* failures, absl::FunctionRef<std::string()> peer)
      : failures_(failures), peer_(peer) {}

  // Whether one more signature may be checked.
  bool open() const {
    return failures_->untouched() ||
           !failures_->Exhausted(peer_(), MonotonicNow());
  }

  // Counts a check that admitted nobody.
  void Failed() { failures_->Take(peer_(), MonotonicNow()); }

  // Returns the error for a caller who finds the gate shut.
  static ApiError Shut() {
    return {ErrorCode::kThrottling,
            "too many tokens were forged or had expired; a token that is not "
            "known yet is checked later, try again",
            {}};
  }

 private:
  PeerLimiter* const failures_;
  const absl::FunctionRef<std::string()> peer_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_SIGNATURE_GATE_H_
