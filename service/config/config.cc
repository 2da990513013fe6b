#include "service/config/config.h"

#include <algorithm>

namespace rolegate::service {

bool ListenerConfig::Accepts(Authenticator authenticator) const {
  return std::find(authenticators.begin(), authenticators.end(),
                   authenticator) != authenticators.end();
}

FetchOptions FetchOf(const Config& config) {
  return {config.federation.oidc_hosts, config.federation.ca, config.dev};
}

}  // namespace rolegate::service
