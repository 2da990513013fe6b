// XML signatures of SAML documents: what is signed is what is read.
//
// A signature names what it covers by an ID, and a document can be arranged
// so that the verifier and the reader take different elements for it
// (signature wrapping).  Here the reader gets no element of the document: it
// gets the bytes that were digested when the signature was verified, and
// reads those.

#ifndef ROLEGATE_SERVICE_SAML_SIGNATURE_H_
#define ROLEGATE_SERVICE_SAML_SIGNATURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/saml/xml_limits.h"

namespace rolegate::service {

// The document's outermost signed element, a Response or an Assertion, in its
// canonical form, without its own signature.
//
// `text` is a Response or an Assertion.  Each must hold, else
// kInvalidArgument says which one did not, or kUnauthenticated that no
// certificate fits:
//  - the document holds exactly one Assertion, which is the root or the child
//    of a Response that is the root, and nothing encrypted;
//  - every signature in it is a child of the Response or of the Assertion,
//    one each, and holds; one there is;
//  - each has one reference, to its parent's ID, which is the only such ID;
//    transforms are the enveloped signature, then exclusive canonicalization;
//    methods are RSA or ECDSA with SHA-256, SHA-384 or SHA-512;
//  - the key is that of one of `certificates` (DER); what the document says
//    of its keys is not looked at, nor are the dates of the certificates.
absl::StatusOr<std::string> VerifySignatures(
    absl::string_view text, absl::Span<const std::string> certificates,
    const XmlLimits& limits);

// Whether the key of an X.509 certificate (DER) can verify signatures here:
// RSA of 2048 to 8192 bits, or ECDSA on P-256, P-384 or P-521.
// kInvalidArgument says why not.
absl::Status CheckSigningCertificate(absl::string_view der);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_SIGNATURE_H_
