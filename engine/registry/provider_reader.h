// Reads the identity providers of a registry file.

#ifndef ROLEGATE_ENGINE_REGISTRY_PROVIDER_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_PROVIDER_READER_H_

#include "engine/registry/entities.h"
#include "engine/registry/object_reader.h"

namespace rolegate {

// Reads the value of an `OpenIDConnectProvider` or a `SAMLProvider` member.
OpenIdProviderEntity ReadOpenIdProvider(const ObjectReader& object);
SamlProviderEntity ReadSamlProvider(const ObjectReader& object);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_PROVIDER_READER_H_
