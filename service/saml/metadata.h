// Reads the metadata document of a SAML identity provider (SAML 2.0 Metadata,
// section 2).

#ifndef ROLEGATE_SERVICE_SAML_METADATA_H_
#define ROLEGATE_SERVICE_SAML_METADATA_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/registry/saml_metadata.h"

namespace rolegate::service {

// The document is one EntityDescriptor, at most 10,000,000 bytes, with an
// IDPSSODescriptor for SAML 2.0 that has one to sixteen certificates for
// signatures (KeyDescriptors for encryption are left out).  kInvalidArgument
// says what it lacks.  A SamlMetadataReader.
//
// The document is trusted as the registry's files are: a signature of its own
// is not verified.
absl::StatusOr<SamlMetadata> ReadSamlMetadata(absl::string_view document);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_METADATA_H_
