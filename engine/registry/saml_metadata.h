// The facts that the registry keeps from a SAML provider's metadata document.
// The engine knows no XML, so its embedder gives the registry a reader
// (RegistryOptions::saml_metadata_reader).  The registry calls it once for each
// document; what the reader refuses is a fault of the file.

#ifndef ROLEGATE_ENGINE_REGISTRY_SAML_METADATA_H_
#define ROLEGATE_ENGINE_REGISTRY_SAML_METADATA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate {

struct SamlMetadata {
  std::string entity_id;                  // the issuer of its assertions
  std::vector<std::string> certificates;  // X.509, DER, for signatures

  // When the document expires.  Nobody looks at the certificates' own dates, as
  // AWS does not.
  absl::Time valid_until = absl::InfiniteFuture();
};

// Reads a document.  The status says what is wrong with it.
using SamlMetadataReader =
    absl::StatusOr<SamlMetadata> (*)(absl::string_view document);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SAML_METADATA_H_
