#include "tests/support/saml_idp.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace rolegate::testing {
namespace {

constexpr char kMark[] = "@SIGNATURE@";
constexpr char kMethods[] = "http://www.w3.org/2001/04/xmldsig-more#";

void Require(bool condition) {
  if (!condition) std::abort();
}

EVP_PKEY* MakeKey(SamlIdp::Key key) {
  switch (key) {
    case SamlIdp::Key::kRsa2048:
      return EVP_RSA_gen(2048);
    case SamlIdp::Key::kRsa1024:
      return EVP_RSA_gen(1024);
    case SamlIdp::Key::kP256:
      return EVP_EC_gen("P-256");
    case SamlIdp::Key::kP384:
      return EVP_EC_gen("P-384");
    case SamlIdp::Key::kEd25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  return nullptr;
}

// SHA-512 of "…#rsa-sha512" and of "…#sha512".
const EVP_MD* DigestOf(absl::string_view algorithm) {
  if (absl::EndsWith(algorithm, "sha1")) return EVP_sha1();
  if (absl::EndsWith(algorithm, "sha384")) return EVP_sha384();
  return absl::EndsWith(algorithm, "sha512") ? EVP_sha512() : EVP_sha256();
}

std::string Digest(absl::string_view algorithm, const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  Require(EVP_Digest(bytes.data(), bytes.size(), digest, &size,
                     DigestOf(algorithm), nullptr) == 1);
  return absl::Base64Escape(
      absl::string_view(reinterpret_cast<char*>(digest), size));
}

// r and s one behind the other, each as long as the group's order, instead of
// ASN.1.
std::string PlainEcdsa(EVP_PKEY* key, const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* const signature =
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  Require(signature != nullptr);
  const int half = (EVP_PKEY_get_bits(key) + 7) / 8;
  std::string plain(static_cast<std::size_t>(2 * half), '\0');
  auto* const out = reinterpret_cast<unsigned char*>(plain.data());
  Require(BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, half) == half);
  Require(BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + half, half) == half);
  ECDSA_SIG_free(signature);
  return plain;
}

std::string ReferenceTo(const std::string& uri, const SigningOptions& options,
                        const std::string& canonical) {
  std::string transforms;
  for (const std::string& transform : options.transforms) {
    const bool last = &transform == &options.transforms.back();
    absl::StrAppend(
        &transforms, "<ds:Transform Algorithm=\"", transform, "\">",
        last && !options.prefixes.empty()
            ? absl::StrCat("<ec:InclusiveNamespaces xmlns:ec=\"", transform,
                           "\" PrefixList=\"", options.prefixes,
                           "\"></ec:InclusiveNamespaces>")
            : "",
        "</ds:Transform>");
  }
  return absl::StrCat(
      "<ds:Reference URI=\"", uri, "\"><ds:Transforms>", transforms,
      "</ds:Transforms><ds:DigestMethod Algorithm=\"", options.digest,
      "\"></ds:DigestMethod><ds:DigestValue>",
      Digest(options.digest, canonical), "</ds:DigestValue></ds:Reference>");
}

std::string CanonicalForm(xmlDoc* doc, std::string prefix) {
  xmlChar* bytes = nullptr;
  xmlChar* list[] = {reinterpret_cast<xmlChar*>(prefix.data()), nullptr};
  const int size = xmlC14NDocDumpMemory(doc, nullptr, XML_C14N_EXCLUSIVE_1_0,
                                        prefix.empty() ? nullptr : list,
                                        /*with_comments=*/0, &bytes);
  Require(size > 0);
  std::string canonical(reinterpret_cast<char*>(bytes),
                        static_cast<std::size_t>(size));
  xmlFree(bytes);
  return canonical;
}

void FindElements(xmlNode* node, absl::string_view name,
                  std::vector<xmlNode*>* found) {
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (reinterpret_cast<const char*>(node->name) == name) {
      found->push_back(node);
    } else {
      FindElements(node->children, name, found);
    }
  }
}

}  // namespace

struct SamlIdp::Keys {
  EVP_PKEY* key = nullptr;
};

AssertionFields::AssertionFields(absl::Time now)
    : issue_instant(SamlTime(now)),
      subject_confirmation(SubjectConfirmation(now + absl::Minutes(5))),
      conditions(Conditions(now - absl::Minutes(1), now + absl::Minutes(5))),
      authn_statement(absl::StrCat("<saml:AuthnStatement AuthnInstant=\"",
                                   SamlTime(now), "\"/>")) {
  Set(absl::StrCat(kAwsAttributes, "Role"),
      {absl::StrCat(kSamlRole, ",", kSamlProvider)});
  Set(absl::StrCat(kAwsAttributes, "RoleSessionName"), {"jo"});
}

AssertionFields& AssertionFields::Set(const std::string& name,
                                      std::vector<std::string> values) {
  for (auto& attribute : attributes) {
    if (attribute.first == name) {
      attribute.second = std::move(values);
      return *this;
    }
  }
  attributes.emplace_back(name, std::move(values));
  return *this;
}

std::string AssertionFields::Render() const {
  std::string statement;
  for (const auto& [name, values] : attributes) {
    absl::StrAppend(&statement, "<saml:Attribute Name=\"", name, "\">");
    for (const std::string& value : values) {
      absl::StrAppend(&statement, "<saml:AttributeValue>", value,
                      "</saml:AttributeValue>");
    }
    absl::StrAppend(&statement, "</saml:Attribute>");
  }
  return absl::StrCat(
      R"(<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion")",
      " ID=\"", id, "\" IssueInstant=\"", issue_instant, "\" Version=\"",
      version, "\"><saml:Issuer>", issuer, "</saml:Issuer>", kMark,
      "<saml:Subject><saml:NameID", name_id_attributes, ">", name_id,
      "</saml:NameID>", subject_confirmation, "</saml:Subject>", conditions,
      authn_statement, "<saml:AttributeStatement>", statement,
      "</saml:AttributeStatement>", more, "</saml:Assertion>");
}

std::string SamlTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string SubjectConfirmation(absl::Time not_on_or_after,
                                const std::string& recipient) {
  return absl::StrCat(
      R"(<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:)",
      R"(bearer"><saml:SubjectConfirmationData NotOnOrAfter=")",
      SamlTime(not_on_or_after), "\" Recipient=\"", recipient,
      "\"/></saml:SubjectConfirmation>");
}

std::string Conditions(absl::Time not_before, absl::Time not_on_or_after,
                       const std::string& audience) {
  return absl::StrCat("<saml:Conditions NotBefore=\"", SamlTime(not_before),
                      "\" NotOnOrAfter=\"", SamlTime(not_on_or_after),
                      "\"><saml:AudienceRestriction><saml:Audience>", audience,
                      "</saml:Audience></saml:AudienceRestriction>"
                      "</saml:Conditions>");
}

std::string ResponseAround(const std::string& assertion,
                           const std::string& status,
                           const std::string& attributes) {
  return absl::StrCat(
      R"(<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol")",
      R"( ID="_response" Version="2.0")", attributes, ">", kMark,
      "<samlp:Status><samlp:StatusCode "
      "Value=\"urn:oasis:names:tc:SAML:2.0:status:",
      status, "\"/></samlp:Status>", assertion, "</samlp:Response>");
}

SamlIdp::SamlIdp(Key key) : keys_(std::make_unique<Keys>()) {
  keys_->key = MakeKey(key);
  X509* const certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  // Long over: the dates of certificates in metadata are not looked at.
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * 86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), -86400);
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>("idp"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_set_pubkey(certificate, keys_->key);
  Require(X509_sign(certificate, keys_->key,
                    key == Key::kEd25519 ? nullptr : EVP_sha256()) > 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  Require(size > 0);
  certificate_.assign(reinterpret_cast<char*>(der),
                      static_cast<std::size_t>(size));
  OPENSSL_free(der);
  X509_free(certificate);
}

SamlIdp::~SamlIdp() { EVP_PKEY_free(keys_->key); }

std::string SamlIdp::certificate_base64() const {
  return absl::Base64Escape(certificate_);
}

std::string SamlIdp::Metadata() const {
  return absl::StrCat(
      R"(<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata")",
      R"( xmlns:ds="http://www.w3.org/2000/09/xmldsig#")",
      R"( entityID="https://idp.example.com/saml"><md:IDPSSODescriptor)",
      R"( protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">)",
      R"(<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>)",
      "<ds:X509Certificate>\n", certificate_base64(),
      "\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
      "</md:IDPSSODescriptor></md:EntityDescriptor>");
}

std::string SamlIdp::Sign(std::string xml, const std::string& id,
                          const SigningOptions& options) const {
  const bool ec = EVP_PKEY_is_a(keys_->key, "EC") == 1;
  const std::string method =
      !options.method.empty()
          ? options.method
          : absl::StrCat(kMethods, ec ? "ecdsa-sha256" : "rsa-sha256");
  const std::string uri =
      options.uri.empty() ? absl::StrCat("#", id) : options.uri;
  const std::string info = absl::StrCat(
      R"(<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">)",
      "<ds:CanonicalizationMethod Algorithm=\"", options.canonicalization,
      "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"", method,
      "\"></ds:SignatureMethod>",
      ReferenceTo(uri, options, Canonicalize(Unsigned(xml), options.prefixes)),
      options.references, "</ds:SignedInfo>");

  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  std::size_t size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(info.data());
  Require(EVP_DigestSignInit(context, nullptr, DigestOf(method), nullptr,
                             keys_->key) == 1 &&
          EVP_DigestSign(context, nullptr, &size, bytes, info.size()) == 1);
  std::string value(size, '\0');
  Require(EVP_DigestSign(context,
                         reinterpret_cast<unsigned char*>(value.data()), &size,
                         bytes, info.size()) == 1);
  EVP_MD_CTX_free(context);
  value.resize(size);
  if (ec) value = PlainEcdsa(keys_->key, value);
  return Replaced(
      std::move(xml), kMark,
      absl::StrCat(
          R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">)",
          info, "<ds:SignatureValue>", absl::Base64Escape(value),
          "</ds:SignatureValue>", options.key_info, "</ds:Signature>"));
}

std::string SamlIdp::Respond(const AssertionFields& fields) const {
  return absl::Base64Escape(
      Unsigned(ResponseAround(Sign(fields.Render(), fields.id))));
}

std::string Canonicalize(const std::string& xml, const std::string& prefixes) {
  xmlDoc* const doc = xmlReadMemory(xml.data(), static_cast<int>(xml.size()),
                                    nullptr, "UTF-8", XML_PARSE_NONET);
  Require(doc != nullptr);
  std::string canonical = CanonicalForm(doc, prefixes);
  xmlFreeDoc(doc);
  return canonical;
}

std::string CanonicalAssertion(const std::string& document) {
  xmlDoc* const doc =
      xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr,
                    "UTF-8", XML_PARSE_NONET);
  Require(doc != nullptr);
  std::vector<xmlNode*> found;
  FindElements(xmlDocGetRootElement(doc), "Assertion", &found);
  std::string canonical;
  if (found.size() == 1) {
    xmlDoc* const alone = xmlNewDoc(nullptr);
    xmlDocSetRootElement(alone, xmlDocCopyNode(found[0], alone, 1));
    std::vector<xmlNode*> signatures;
    FindElements(xmlDocGetRootElement(alone), "Signature", &signatures);
    for (xmlNode* signature : signatures) {
      xmlUnlinkNode(signature);
      xmlFreeNode(signature);
    }
    canonical = CanonicalForm(alone, "");
    xmlFreeDoc(alone);
  }
  xmlFreeDoc(doc);
  return canonical;
}

std::string Unsigned(std::string xml) {
  return Replaced(std::move(xml), kMark, "");
}

std::string Replaced(std::string text, absl::string_view from,
                     absl::string_view to) {
  const std::size_t at = text.find(from.data(), 0, from.size());
  Require(at != std::string::npos);
  text.replace(at, from.size(), to.data(), to.size());
  return text;
}

}  // namespace rolegate::testing
