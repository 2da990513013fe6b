#include "service/answer/core.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/answer/hurry.h"
#include "service/saml/metadata.h"
#include "service/sessions/last_good_seal.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kTokenCacheBytes = std::size_t{32} << 20;

TokenParties PartiesOf(const SessionConfig& session, const ServiceKeys& keys) {
  if (!keys.ephemeral()) return {session.issuer, session.audience};
  const std::string name =
      absl::StrCat("urn:rolegate:ephemeral:", keys.signing()->signer().kid());
  return {name, name};
}

AccessOptions AccessOf(const Config& config) {
  AccessOptions options;
  options.external_accounts.insert(config.external_accounts.begin(),
                                   config.external_accounts.end());
  options.max_check_steps = config.limits.max_check_steps;
  return options;
}

std::shared_ptr<Tracer> MakeTracer(const TracingOptions& options) {
  if (!options.otlp_endpoint.has_value()) return nullptr;
  return std::make_shared<Tracer>(options.sample_ratio,
                                  options.max_queue_spans);
}

}  // namespace

RegistryOptions RegistryOptionsOf(const Config& config,
                                  const ServiceKeys* keys) {
  RegistryOptions options = config.registry;
  options.last_good_seal =
      std::make_shared<KeyedLastGoodSeal>(keys, config.session.issuer);
  options.jwks_check = CheckJsonWebKeySet;
  options.saml_metadata_reader = ReadSamlMetadata;
  return options;
}

Core::Core(const Config& configuration, Logger* logger,
           std::unique_ptr<ServiceKeys> service_keys,
           std::unique_ptr<AuditLog> audit_log)
    : config(configuration),
      log(logger),
      keys(std::move(service_keys)),
      audit(std::move(audit_log)),
      tracer(MakeTracer(config.tracing)),
      refused(log, audit.get()),
      sessions(PartiesOf(config.session, *keys), keys.get(), kTokenCacheBytes),
      administration(config.admin_policy),
      access(AccessOf(config)),
      access_in_a_hurry(InAHurry(access)),
      gateways(config.limits.trusted_gateways),
      unsent(config.limits.max_unsent_bytes, config.limits.max_unsent_time),
      streams(config.limits.max_open_streams),
      failures(config.limits.max_failures_per_second),
      sessions_by_peer(config.limits.max_assume_roles_per_second),
      sessions_by_principal(config.limits.max_assume_roles_per_second),
      mfa(config.state_dir, config.mfa.seed_dir),
      provider_keys(FetchOf(config)),
      bearer_tokens(AllListeners(config), &provider_keys, kTokenCacheBytes,
                    &workers, log),
      registry(RegistryOptionsOf(config, keys.get())),
      workers(config.limits.max_in_flight) {}

}  // namespace rolegate::service
