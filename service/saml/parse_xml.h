// Reads XML by a parser that trusts nothing.
//
// The text must be UTF-8 and well-formed, its namespaces too.  Declarations
// (DOCTYPE, ENTITY), processing instructions and CDATA sections are refused
// before the parser sees them, so that there are no entities to expand, no
// files to fetch, and no two ways of reading a text.

#ifndef ROLEGATE_SERVICE_SAML_PARSE_XML_H_
#define ROLEGATE_SERVICE_SAML_PARSE_XML_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/saml/xml_element.h"
#include "service/saml/xml_limits.h"

namespace rolegate::service {

// kInvalidArgument says what rule was broken, and never shows the text.
absl::StatusOr<XmlElement> ParseXml(absl::string_view text,
                                    const XmlLimits& limits);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_PARSE_XML_H_
