// How much XML is read.

#ifndef ROLEGATE_SERVICE_SAML_XML_LIMITS_H_
#define ROLEGATE_SERVICE_SAML_XML_LIMITS_H_

#include <cstddef>

namespace rolegate::service {

// The defaults are for assertions.
struct XmlLimits {
  std::size_t max_bytes = std::size_t{100} << 10;
  int max_depth = 32;
  int max_nodes = 8192;         // elements, and attributes and namespaces
  bool allow_comments = false;  // they are dropped, and split no text
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_XML_LIMITS_H_
