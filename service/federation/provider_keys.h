// The keys of OpenID Connect providers: of the registry, or by discovery.

#ifndef ROLEGATE_SERVICE_FEDERATION_PROVIDER_KEYS_H_
#define ROLEGATE_SERVICE_FEDERATION_PROVIDER_KEYS_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/registry/snapshot.h"
#include "service/base/https_fetch.h"
#include "service/federation/json_web_key.h"

namespace rolegate::service {

// Thread-safe.
class ProviderKeys {
 public:
  explicit ProviderKeys(FetchOptions options) : options_(std::move(options)) {}

  // Returns the keys that are at hand, without waiting: the registry's keys, or
  // those of an earlier discovery that are still fresh and have `kid`, or that
  // may not be asked for again so soon.  Null if they must be fetched.
  std::shared_ptr<const JsonWebKeySet> Find(const OpenIdProvider& provider,
                                            const std::string& kid,
                                            absl::Time now);

  // Does the same, and discovers the keys if it must; it then blocks for up to
  // five seconds.  kFailedPrecondition if the configuration does not let the
  // server ask the provider, kUnavailable if the provider does not answer.
  absl::StatusOr<std::shared_ptr<const JsonWebKeySet>> FindOrFetch(
      const OpenIdProvider& provider, const std::string& kid, absl::Time now);

  // Asks for discovered keys a little before they end, or for the first time;
  // blocks for up to five seconds.  What came of the last attempt.
  absl::Status KeepFresh(const OpenIdProvider& provider, absl::Time now);

 private:
  struct Entry {
    std::shared_ptr<const JsonWebKeySet> keys;  // null: none were ever had
    absl::Time fresh_until = absl::InfinitePast();
    absl::Status failure;  // of the last attempt
    absl::Time retry_at = absl::InfinitePast();
    // When a key that is not there may be asked for again.
    absl::Time unknown_key_at = absl::InfinitePast();
  };

  std::shared_ptr<const JsonWebKeySet> Known(const std::string& text);
  absl::StatusOr<Fetched> Discover(const std::string& issuer) const;
  void Store(const std::string& issuer, const std::string& kid,
             const absl::StatusOr<Fetched>& fetched, absl::Time now);

  const FetchOptions options_;
  absl::Mutex mu_;
  // The keys by the text of the registry's key sets, and by issuer.
  absl::flat_hash_map<std::string, std::shared_ptr<const JsonWebKeySet>> parsed_
      ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, Entry> discovered_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_FEDERATION_PROVIDER_KEYS_H_
