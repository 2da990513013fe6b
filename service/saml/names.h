// The names of SAML 2.0 and of XML signatures.

#ifndef ROLEGATE_SERVICE_SAML_NAMES_H_
#define ROLEGATE_SERVICE_SAML_NAMES_H_

#include "absl/strings/string_view.h"

namespace rolegate::service {

inline constexpr absl::string_view kSamlNs =
    "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr absl::string_view kSamlpNs =
    "urn:oasis:names:tc:SAML:2.0:protocol";
inline constexpr absl::string_view kMetadataNs =
    "urn:oasis:names:tc:SAML:2.0:metadata";
inline constexpr absl::string_view kDsigNs =
    "http://www.w3.org/2000/09/xmldsig#";
inline constexpr absl::string_view kXmlencNs =
    "http://www.w3.org/2001/04/xmlenc#";
// Exclusive canonicalization without comments; the namespace of its parameter
// is the same text.
inline constexpr absl::string_view kExclusiveC14n =
    "http://www.w3.org/2001/10/xml-exc-c14n#";

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_NAMES_H_
