#include "service/saml/parse_xml.h"

#include "service/saml/xml_document.h"

namespace rolegate::service {

absl::StatusOr<XmlElement> ParseXml(absl::string_view text,
                                    const XmlLimits& limits) {
  const absl::StatusOr<XmlDocument> doc = ParseXmlDocument(text, limits);
  if (!doc.ok()) return doc.status();
  return ToXmlElement(xmlDocGetRootElement(doc->get()));
}

}  // namespace rolegate::service
