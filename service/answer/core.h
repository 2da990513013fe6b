// What all handlers share: the parts of one running server.

#ifndef ROLEGATE_SERVICE_ANSWER_CORE_H_
#define ROLEGATE_SERVICE_ANSWER_CORE_H_

#include <memory>
#include <string>

#include "engine/registry/generation_history.h"
#include "engine/registry/registry.h"
#include "engine/sts/circumstances.h"
#include "service/answer/decision_id.h"
#include "service/answer/open_calls.h"
#include "service/answer/open_streams.h"
#include "service/answer/refused_calls.h"
#include "service/answer/unsent_answers.h"
#include "service/audit/audit_log.h"
#include "service/base/log.h"
#include "service/base/peer_limiter.h"
#include "service/base/workers.h"
#include "service/config/config.h"
#include "service/config/trusted_gateways.h"
#include "service/federation/provider_keys.h"
#include "service/identity/administration.h"
#include "service/identity/bearer_tokens.h"
#include "service/identity/caller.h"
#include "service/identity/peer_certificate.h"
#include "service/metrics/call_metrics.h"
#include "service/metrics/door_metrics.h"
#include "service/mfa/mfa_verifier.h"
#include "service/sessions/service_keys.h"
#include "service/tracing/tracer.h"

namespace rolegate::service {

// How the registry is read.  `keys` must outlive it; they may be null if
// nothing is kept in `last_good_dir`.
RegistryOptions RegistryOptionsOf(const Config& config,
                                  const ServiceKeys* keys);

// Owned by the server, outlives every call.
struct Core {
  Core(const Config& configuration, Logger* logger,
       std::unique_ptr<ServiceKeys> service_keys,
       std::unique_ptr<AuditLog> audit_log);

  const Config& config;
  Logger* const log;
  const std::unique_ptr<ServiceKeys> keys;
  const std::unique_ptr<AuditLog> audit;  // null: no audit log
  // Null: nobody takes spans.  Calls that are just over may still use it.
  const std::shared_ptr<Tracer> tracer;
  RefusedCalls refused;
  SessionVerifier sessions;
  PeerCertificateCache certificates;
  Administration administration;
  AccessOptions access;
  AccessOptions access_in_a_hurry;  // InAHurry(access)
  DecisionIdGenerator decision_ids;
  CallMetrics metrics;
  DoorMetrics door;
  TrustedGateways gateways;
  OpenCalls calls;
  UnsentAnswers unsent;
  OpenStreams streams;
  PeerLimiter failures;  // signatures that were checked in vain
  // Every way of asking for a session.
  PeerLimiter sessions_by_peer;
  PeerLimiter sessions_by_principal;
  MfaVerifier mfa;
  ProviderKeys provider_keys;
  BearerTokens bearer_tokens;
  Registry registry;
  GenerationHistory history;  // noted with `operations_listen` alone
  Workers workers;            // they end first
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_CORE_H_
