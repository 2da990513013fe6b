// Callers who bring a token of an OpenID Connect issuer as their bearer.

#ifndef ROLEGATE_SERVICE_IDENTITY_BEARER_TOKENS_H_
#define ROLEGATE_SERVICE_IDENTITY_BEARER_TOKENS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/result.h"
#include "service/base/log.h"
#include "service/base/remembered_tokens.h"
#include "service/base/signature_gate.h"
#include "service/base/workers.h"
#include "service/config/config.h"
#include "service/config/oidc_mapping.h"
#include "service/federation/provider_keys.h"

namespace rolegate::service {

// Finds the mapping of a token, never waiting for anybody.  The keys of the
// issuers in the mappings are kept at hand: files are read again when they
// change, and discovered keys are asked for before they end.  A signature is
// verified once for as long as the issuer's keys stay; all else is looked at
// with every call.  Thread-safe.
class BearerTokens {
 public:
  // For the mappings of `listeners`.  `keys` must outlive it.  `workers` run
  // what blocks, and end before it.  `cache_bytes`: for remembering tokens.
  BearerTokens(const std::vector<NamedListener>& listeners, ProviderKeys* keys,
               std::size_t cache_bytes, Workers* workers, Logger* log);

  // The first of `mappings` that the verified token matches.  Errors are those
  // of OidcToken, InvalidClientTokenId if no mapping is about the token,
  // and IDPCommunicationError, which a caller may try again, while keys are
  // being asked for; Throttling if the gate is shut and the token is not
  // remembered.
  [[nodiscard]] Result<const OidcMapping*> Find(
      absl::string_view token, const std::vector<OidcMapping>& mappings,
      absl::Time now, SignatureGate* gate);

  TokenLookups lookups() const { return verified_.lookups(); }

  // Looks after the keys; to be called at the start and every few seconds, by
  // one thread.  Blocks.
  void Refresh();

 private:
  using Provider = std::shared_ptr<const OpenIdProvider>;

  // Null if its keys could not be read.
  Provider ProviderOf(const std::string& issuer);
  // Has the keys asked for, once at a time for each issuer.
  void Ask(const Provider& provider, const std::string& kid);
  absl::Status ReadFile(const std::string& issuer, const std::string& path);

  ProviderKeys* const keys_;
  Workers* const workers_;
  Logger* const log_;
  // The keys that verified the signature.
  RememberedTokens<JsonWebKeySet> verified_;
  // The path of each issuer's key set; empty: its keys are discovered.
  absl::flat_hash_map<std::string, std::string> issuers_;

  absl::Mutex mu_;
  absl::flat_hash_map<std::string, Provider> providers_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_set<std::string> asked_ ABSL_GUARDED_BY(mu_);
  // What was logged of each issuer; Refresh's own.
  absl::flat_hash_map<std::string, std::string> faults_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_IDENTITY_BEARER_TOKENS_H_
