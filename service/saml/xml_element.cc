#include "service/saml/xml_element.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "engine/text/base64.h"

namespace rolegate::service {

const std::string* XmlElement::Attribute(absl::string_view of_name) const {
  for (const XmlAttribute& attribute : attributes) {
    if (attribute.ns.empty() && attribute.name == of_name) {
      return &attribute.value;
    }
  }
  return nullptr;
}

std::vector<const XmlElement*> XmlElement::All(
    absl::string_view of_ns, absl::string_view of_name) const {
  std::vector<const XmlElement*> found;
  for (const XmlElement& child : children) {
    if (child.Is(of_ns, of_name)) found.push_back(&child);
  }
  return found;
}

const XmlElement* XmlElement::Only(absl::string_view of_ns,
                                   absl::string_view of_name) const {
  const std::vector<const XmlElement*> found = All(of_ns, of_name);
  return found.size() == 1 ? found.front() : nullptr;
}

bool XmlElement::Has(absl::string_view of_ns, absl::string_view of_name) const {
  return std::any_of(
      children.begin(), children.end(),
      [&](const XmlElement& child) { return child.Is(of_ns, of_name); });
}

bool XmlElement::HasNoText() const {
  return absl::StripAsciiWhitespace(text).empty();
}

absl::StatusOr<std::string> DecodeXmlBase64(absl::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') packed.push_back(c);
  }
  std::optional<std::string> bytes = DecodeBase64(packed);
  if (!bytes || bytes->empty()) return absl::InvalidArgumentError("not base64");
  return *std::move(bytes);
}

}  // namespace rolegate::service
