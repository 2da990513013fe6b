// What all handlers share: the parts of one running server.

#ifndef ROLEGATE_SERVICE_CORE_H_
#define ROLEGATE_SERVICE_CORE_H_

#include <atomic>
#include <memory>
#include <string>

#include "engine/registry/registry.h"
#include "engine/sts/access.h"
#include "service/administration.h"
#include "service/audit_log.h"
#include "service/bearer_tokens.h"
#include "service/caller.h"
#include "service/config.h"
#include "service/decision_id.h"
#include "service/key_store.h"
#include "service/log.h"
#include "service/mfa_verifier.h"
#include "service/open_streams.h"
#include "service/peer_certificate.h"
#include "service/peer_limiter.h"
#include "service/provider_keys.h"
#include "service/worker.h"

namespace rolegate::service {

// Bounds the calls that are open at once.  Thread-safe.
class InFlight {
 public:
  explicit InFlight(int limit) : limit_(limit) {}

  enum class Admission { kIn, kTooMany, kClosed };

  // Anything but kIn: there is nothing to Leave.
  Admission Enter() {
    const int before = count_.fetch_add(1, std::memory_order_acq_rel);
    if (closed_.load(std::memory_order_acquire)) {
      Leave();
      return Admission::kClosed;
    }
    if (before < limit_) return Admission::kIn;
    Leave();
    return Admission::kTooMany;
  }

  // Lets nobody in any more.
  void Close() { closed_.store(true, std::memory_order_release); }
  void Leave() { count_.fetch_sub(1, std::memory_order_release); }
  int count() const { return count_.load(std::memory_order_acquire); }

 private:
  const int limit_;
  std::atomic<int> count_{0};
  std::atomic<bool> closed_{false};
};

// Owned by the server, outlives every call.
struct Core {
  Core(const Config& configuration, Logger* logger,
       std::unique_ptr<KeyStore> key_store,
       std::unique_ptr<AuditLog> audit_log);

  const Config& config;
  Logger* const log;
  const std::unique_ptr<KeyStore> keys;
  const std::unique_ptr<AuditLog> audit;  // null: no audit log
  SessionVerifier sessions;
  PeerCertificateCache certificates;
  Administration administration;
  AccessOptions access;
  DecisionIdGenerator decision_ids;
  InFlight in_flight;
  OpenStreams streams;
  PeerLimiter failures;      // to prove who is calling
  PeerLimiter assume_roles;  // every way of asking for a session
  MfaVerifier mfa;
  ProviderKeys provider_keys;
  BearerTokens bearer_tokens;
  Registry registry;
  // For what takes time; they end first.  Codes of MFA and keys of identity
  // providers have their own, so that nobody who logs in waits for a reload or
  // for a provider that he does not know.
  Worker worker;
  Worker mfa_worker;
  Worker federation_worker;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CORE_H_
