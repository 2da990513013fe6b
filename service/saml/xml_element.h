// XML as a tree of plain values.

#ifndef ROLEGATE_SERVICE_SAML_XML_ELEMENT_H_
#define ROLEGATE_SERVICE_SAML_XML_ELEMENT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

struct XmlAttribute {
  std::string ns;  // empty: none
  std::string name;
  std::string value;
};

struct XmlElement {
  std::string ns;
  std::string name;  // without prefix
  std::vector<XmlAttribute> attributes;
  std::vector<XmlElement> children;
  std::string text;  // of the element itself, whole; without the children's

  bool Is(absl::string_view of_ns, absl::string_view of_name) const {
    return ns == of_ns && name == of_name;
  }

  // The value of an attribute without namespace; null if it is not there.
  const std::string* Attribute(absl::string_view of_name) const;

  // The children of that name, in their order.
  std::vector<const XmlElement*> All(absl::string_view of_ns,
                                     absl::string_view of_name) const;
  // The one child of that name; null if there is none or another.
  const XmlElement* Only(absl::string_view of_ns,
                         absl::string_view of_name) const;
  bool Has(absl::string_view of_ns, absl::string_view of_name) const;

  // Whether there is no text between the children but white space.
  bool HasNoText() const;
};

// The bytes of xs:base64Binary, in which white space may stand anywhere.
// kInvalidArgument if it is anything else.
absl::StatusOr<std::string> DecodeXmlBase64(absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_XML_ELEMENT_H_
