// A SAML identity provider for tests.  It shares no code with the verifier:
// it canonicalizes with libxml2 and signs with OpenSSL, where the verifier
// asks xmlsec for both.

#ifndef ROLEGATE_TESTS_SUPPORT_SAML_IDP_H_
#define ROLEGATE_TESTS_SUPPORT_SAML_IDP_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::testing {

inline constexpr char kSamlAudience[] = "urn:example:rolegate";
inline constexpr char kSamlRecipient[] = "https://rolegate.example.com/saml";
inline constexpr char kSamlRole[] = "arn:aws:iam::123456789012:role/Federated";
inline constexpr char kSamlProvider[] =
    "arn:aws:iam::123456789012:saml-provider/Corp";
inline constexpr char kAwsAttributes[] =
    "https://aws.amazon.com/SAML/Attributes/";

// An assertion before it is signed.  The defaults are accepted.
struct AssertionFields {
  explicit AssertionFields(absl::Time now);

  std::string id = "_assertion";
  std::string version = "2.0";
  std::string issue_instant;
  std::string issuer = "https://idp.example.com/saml";
  std::string name_id = "jo@example.com";
  std::string name_id_attributes =
      R"( Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")";
  // Whole elements, for what has more than one form.
  std::string subject_confirmation;
  std::string conditions;
  std::string authn_statement;
  std::vector<std::pair<std::string, std::vector<std::string>>> attributes;
  std::string more;  // at the assertion's end

  // Replaces one attribute's values, or adds it.
  AssertionFields& Set(const std::string& name,
                       std::vector<std::string> values);
  // One element, with `@SIGNATURE@` where its signature belongs.
  std::string Render() const;
};

std::string SamlTime(absl::Time time);
std::string SubjectConfirmation(absl::Time not_on_or_after,
                                const std::string& recipient = kSamlRecipient);
std::string Conditions(absl::Time not_before, absl::Time not_on_or_after,
                       const std::string& audience = kSamlAudience);

// A Response around an assertion, with `@SIGNATURE@` where its own signature
// belongs.
std::string ResponseAround(const std::string& assertion,
                           const std::string& status = "Success",
                           const std::string& attributes = "");

// How an element is signed; each default is one that is accepted.
struct SigningOptions {
  std::string method;  // empty: SHA-256 with the key's own kind
  std::string digest = "http://www.w3.org/2001/04/xmlenc#sha256";
  std::string canonicalization = "http://www.w3.org/2001/10/xml-exc-c14n#";
  std::vector<std::string> transforms = {
      "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
      "http://www.w3.org/2001/10/xml-exc-c14n#"};
  std::string prefixes;    // of the last transform's InclusiveNamespaces
  std::string uri;         // empty: the element's own
  std::string key_info;    // behind the value
  std::string references;  // more of them
};

class SamlIdp {
 public:
  enum class Key { kRsa2048, kRsa1024, kP256, kP384, kEd25519 };
  explicit SamlIdp(Key key = Key::kRsa2048);
  ~SamlIdp();

  const std::string& certificate() const { return certificate_; }  // DER
  std::string certificate_base64() const;
  std::string Metadata() const;

  // Puts a signature in the place of the first `@SIGNATURE@`, over the
  // element `xml` that has this ID.
  std::string Sign(std::string xml, const std::string& id,
                   const SigningOptions& options = {}) const;

  // The usual: a Response whose Assertion is signed, in base64.
  std::string Respond(const AssertionFields& fields) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string certificate_;
};

// The bytes that a signature over the element covers, computed by libxml2.
// `prefixes` are those of InclusiveNamespaces, one or none.
std::string Canonicalize(const std::string& xml,
                         const std::string& prefixes = "");

// The same of the one assertion of a document, without its signature; empty
// if there is not exactly one.
std::string CanonicalAssertion(const std::string& document);

// Without the first `@SIGNATURE@`.
std::string Unsigned(std::string xml);

// Replaces the first occurrence, which must be there.
std::string Replaced(std::string text, absl::string_view from,
                     absl::string_view to);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_SAML_IDP_H_
