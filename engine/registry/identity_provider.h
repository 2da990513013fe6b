// The identity providers whose tokens and assertions open roles.

#ifndef ROLEGATE_ENGINE_REGISTRY_IDENTITY_PROVIDER_H_
#define ROLEGATE_ENGINE_REGISTRY_IDENTITY_PROVIDER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/registry/saml_metadata.h"

namespace rolegate {

// An OpenID Connect provider whose tokens open roles.
struct OpenIdProvider {
  std::string arn;  // arn:P:iam::A:oidc-provider/HOST/PATH
  std::string url;  // the issuer, "https://HOST/PATH": what `iss` must equal
  std::vector<std::string> client_ids;  // audiences; never empty

  // A JSON Web Key Set.  Empty: the keys are found by discovery.
  std::string jwks;

  // The beginning of the condition keys of its claims: "HOST/PATH".
  absl::string_view key_prefix() const {
    return absl::string_view(url).substr(url.find("://") + 3);
  }
};

// A SAML 2.0 identity provider.
struct SamlProvider {
  std::string arn;        // arn:P:iam::A:saml-provider/NAME
  std::string name;       // NAME
  std::string account;    // A
  std::string document;   // its EntityDescriptor, XML
  SamlMetadata metadata;  // what the metadata reader found in `document`
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_IDENTITY_PROVIDER_H_
