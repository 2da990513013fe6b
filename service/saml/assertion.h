// Reads what a SAML assertion says, and checks that it is meant for us and good
// now (SAML 2.0 Core, section 2; Profiles, section 4.1.4).

#ifndef ROLEGATE_SERVICE_SAML_ASSERTION_H_
#define ROLEGATE_SERVICE_SAML_ASSERTION_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/registry/saml_metadata.h"
#include "engine/sts/result.h"
#include "service/saml/xml_element.h"

namespace rolegate::service {

// The party for which assertions must be made.
struct SamlParties {
  std::string audience;   // AudienceRestriction
  std::string recipient;  // SubjectConfirmationData
};

struct SamlAttribute {
  std::string name;
  std::vector<std::string> values;  // of all attributes of that name
  bool is_text = true;  // false: it has other values, which are left out

  friend bool operator==(const SamlAttribute&, const SamlAttribute&) = default;
};

struct SamlAssertion {
  std::string issuer;          // the provider's entity ID
  std::string subject;         // the NameID
  std::string subject_format;  // its Format, as it stands
  std::string recipient;
  absl::Time session_end = absl::InfiniteFuture();  // SessionNotOnOrAfter
  std::vector<SamlAttribute> attributes;            // one of each name

  // Null if it is not there.
  const SamlAttribute* Find(absl::string_view name) const;

  friend bool operator==(const SamlAssertion&, const SamlAssertion&) = default;
};

// Reads an Assertion whose signature holds.  InvalidIdentityToken or
// ExpiredTokenException in words that show nothing of it.  Clocks may differ
// by a minute.
[[nodiscard]] Result<SamlAssertion> ReadSamlAssertion(
    const XmlElement& assertion, const SamlMetadata& provider,
    const SamlParties& parties, absl::Time now);

// The whole way, from the text of a request: at most 100,000 characters of
// base64 that hold a Response or an Assertion.  IDPRejectedClaim if the
// Response says that the provider refused.
[[nodiscard]] Result<SamlAssertion> VerifySamlAssertion(
    absl::string_view base64, const SamlMetadata& provider,
    const SamlParties& parties, absl::Time now);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_ASSERTION_H_
