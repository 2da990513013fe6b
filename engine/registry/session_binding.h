// The proof that the user of a session must give besides its token.

#ifndef ROLEGATE_ENGINE_REGISTRY_SESSION_BINDING_H_
#define ROLEGATE_ENGINE_REGISTRY_SESSION_BINDING_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// The weakest comes first.  A certificate proves its SPIFFE ID, too.
enum class BindingKind : std::uint8_t {
  kNone,         // a bearer session
  kSpiffe,       // to be the workload of a SPIFFE ID
  kCertificate,  // to hold the key of one certificate (RFC 8705)
};

struct SessionBinding {
  BindingKind kind = BindingKind::kNone;

  // The SPIFFE ID, or the SHA-256 of the certificate's DER in base64url: the
  // `x5t#S256` of RFC 8705.
  std::string value;

  bool bound() const { return kind != BindingKind::kNone; }

  // The form in which a caller that asks for a decision names a peer that it
  // saw: the SPIFFE ID, or `x5t#S256:` and the digest.
  std::string presenter() const {
    return kind == BindingKind::kCertificate ? absl::StrCat("x5t#S256:", value)
                                             : value;
  }

  friend bool operator==(const SessionBinding&,
                         const SessionBinding&) = default;
};

// "SPIFFE", "CERTIFICATE"; empty for none.
inline absl::string_view BindingKindName(BindingKind kind) {
  switch (kind) {
    case BindingKind::kSpiffe:
      return "SPIFFE";
    case BindingKind::kCertificate:
      return "CERTIFICATE";
    case BindingKind::kNone:
      break;
  }
  return "";
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SESSION_BINDING_H_
