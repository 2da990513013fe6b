#include "service/saml/metadata.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/saml/names.h"
#include "service/saml/parse_xml.h"
#include "service/saml/saml_time.h"
#include "service/saml/signature.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxCertificates = 16;
constexpr std::size_t kMaxEntityId = 1024;  // SAML 2.0 Core, section 8.3.6

constexpr XmlLimits kLimits = {.max_bytes = 10'000'000,
                               .max_depth = 32,
                               .max_nodes = 1'000'000,
                               .allow_comments = true};

absl::Status Refuse(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

bool SupportsSaml2(const XmlElement& descriptor) {
  const std::string* const protocols =
      descriptor.Attribute("protocolSupportEnumeration");
  if (protocols == nullptr) return false;
  const std::vector<absl::string_view> all =
      absl::StrSplit(*protocols, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
  return std::find(all.begin(), all.end(), kSamlpNs) != all.end();
}

// A time in an element's attribute, the far future if it has none.
absl::StatusOr<absl::Time> ValidUntil(const XmlElement& element) {
  const std::string* const text = element.Attribute("validUntil");
  if (text == nullptr) return absl::InfiniteFuture();
  const std::optional<absl::Time> time = ParseSamlTime(*text);
  if (!time) return Refuse("`validUntil` is not a time in UTC");
  return *time;
}

absl::Status AddCertificates(const XmlElement& descriptor,
                             std::vector<std::string>* certificates) {
  for (const XmlElement* key : descriptor.All(kMetadataNs, "KeyDescriptor")) {
    const std::string* const use = key->Attribute("use");
    if (use != nullptr && *use != "signing") continue;
    for (const XmlElement* info : key->All(kDsigNs, "KeyInfo")) {
      for (const XmlElement* data : info->All(kDsigNs, "X509Data")) {
        for (const XmlElement* text : data->All(kDsigNs, "X509Certificate")) {
          const std::string name =
              absl::StrCat("certificate ", certificates->size() + 1, ": ");
          absl::StatusOr<std::string> der = DecodeXmlBase64(text->text);
          if (!der.ok()) {
            return Refuse(absl::StrCat(name, der.status().message()));
          }
          const absl::Status usable = CheckSigningCertificate(*der);
          if (!usable.ok()) {
            return Refuse(absl::StrCat(name, usable.message()));
          }
          certificates->push_back(*std::move(der));
        }
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SamlMetadata> ReadSamlMetadata(absl::string_view document) {
  const absl::StatusOr<XmlElement> root = ParseXml(document, kLimits);
  if (!root.ok()) return root.status();
  if (!root->Is(kMetadataNs, "EntityDescriptor")) {
    return Refuse("expected one EntityDescriptor of SAML 2.0");
  }
  SamlMetadata metadata;
  const std::string* const entity_id = root->Attribute("entityID");
  if (entity_id == nullptr || entity_id->empty() ||
      entity_id->size() > kMaxEntityId) {
    return Refuse(absl::StrCat("expected an `entityID` of 1 to ", kMaxEntityId,
                               " characters"));
  }
  metadata.entity_id = *entity_id;
  absl::StatusOr<absl::Time> valid_until = ValidUntil(*root);
  if (!valid_until.ok()) return valid_until.status();
  metadata.valid_until = *valid_until;
  for (const XmlElement* descriptor :
       root->All(kMetadataNs, "IDPSSODescriptor")) {
    if (!SupportsSaml2(*descriptor)) continue;
    valid_until = ValidUntil(*descriptor);
    if (!valid_until.ok()) return valid_until.status();
    metadata.valid_until = std::min(metadata.valid_until, *valid_until);
    if (absl::Status status =
            AddCertificates(*descriptor, &metadata.certificates);
        !status.ok()) {
      return status;
    }
  }
  if (metadata.certificates.empty() ||
      metadata.certificates.size() > kMaxCertificates) {
    return Refuse(
        absl::StrCat("expected an IDPSSODescriptor for SAML 2.0 with 1 to ",
                     kMaxCertificates, " X.509 certificates for signatures"));
  }
  return metadata;
}

}  // namespace rolegate::service
