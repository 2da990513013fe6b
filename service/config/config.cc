#include "service/config/config.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace rolegate::service {

bool ListenerConfig::Accepts(Authenticator authenticator) const {
  return std::find(authenticators.begin(), authenticators.end(),
                   authenticator) != authenticators.end();
}

bool ListenerConfig::demands_proof() const {
  return std::any_of(authenticators.begin(), authenticators.end(),
                     [](Authenticator authenticator) {
                       return authenticator != Authenticator::kDev;
                     });
}

std::vector<NamedListener> AllListeners(const Config& config) {
  std::vector<NamedListener> all;
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    all.push_back({absl::StrCat("listeners[", i, "]"), &config.listeners[i]});
  }
  if (config.operations_listen.has_value()) {
    all.push_back({"operations", &config.operations});
  }
  return all;
}

FetchOptions FetchOf(const Config& config) {
  return {config.federation.oidc_hosts, config.federation.ca, config.dev};
}

}  // namespace rolegate::service
