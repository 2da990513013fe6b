// libxml2's own tree, for those few files that hand it to xmlsec.  Everybody
// else reads XmlElement.

#ifndef ROLEGATE_SERVICE_SAML_XML_DOCUMENT_H_
#define ROLEGATE_SERVICE_SAML_XML_DOCUMENT_H_

#include <libxml/tree.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/saml/xml_element.h"
#include "service/saml/xml_limits.h"

namespace rolegate::service {

struct XmlDocFree {
  void operator()(xmlDoc* doc) const { xmlFreeDoc(doc); }
};
using XmlDocument = std::unique_ptr<xmlDoc, XmlDocFree>;

// Parses under the rules of parse_xml.h.  Never null.
absl::StatusOr<XmlDocument> ParseXmlDocument(absl::string_view text,
                                             const XmlLimits& limits);

// Copies an element with all that is in it.
XmlElement ToXmlElement(const xmlNode* node);

// libxml2 has texts of unsigned characters.
absl::string_view XmlText(const xmlChar* text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_XML_DOCUMENT_H_
