#include "service/saml/xml_document.h"

#include <libxml/parser.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/text/text.h"

namespace rolegate::service {
namespace {

struct ParserFree {
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};

absl::Status Refuse(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    if (size == 1 && static_cast<unsigned char>(text.front()) >= 0x80) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

// In well-formed XML `<` begins markup wherever it stands, so that these two
// find every declaration, comment, CDATA section and processing instruction.
absl::Status CheckMarkup(absl::string_view text, const XmlLimits& limits) {
  for (std::size_t at = text.find("<!"); at != absl::string_view::npos;
       at = text.find("<!", at + 2)) {
    if (absl::StartsWith(text.substr(at), "<!--") && limits.allow_comments) {
      continue;
    }
    return Refuse(limits.allow_comments
                      ? "declarations and CDATA sections are not allowed"
                      : "declarations, comments and CDATA sections are not "
                        "allowed");
  }
  // The XML declaration looks like an instruction, and stands first of all.
  if (text.find("<?", 1) != absl::string_view::npos ||
      (absl::StartsWith(text, "<?") &&
       (!absl::StartsWith(text, "<?xml") || text.size() < 6 ||
        !absl::ascii_isspace(static_cast<unsigned char>(text[5]))))) {
    return Refuse("processing instructions are not allowed");
  }
  return absl::OkStatus();
}

// Walks without recursion, for the depth is not known to be small yet.
absl::Status CheckSize(const xmlNode* root, const XmlLimits& limits) {
  int depth = 1;
  int nodes = 0;
  const xmlNode* node = root;
  while (node != nullptr) {
    if (node->type == XML_ELEMENT_NODE) {
      ++nodes;
      for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) {
        ++nodes;
      }
      for (const xmlNs* n = node->nsDef; n != nullptr; n = n->next) ++nodes;
    } else if (node->type != XML_TEXT_NODE &&
               !(node->type == XML_COMMENT_NODE && limits.allow_comments)) {
      return Refuse("only elements and text are allowed");
    }
    if (depth > limits.max_depth || nodes > limits.max_nodes) {
      return Refuse(absl::StrCat("more than ", limits.max_depth, " levels or ",
                                 limits.max_nodes, " nodes"));
    }
    if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
      node = node->children;
      ++depth;
      continue;
    }
    while (node != root && node->next == nullptr) {
      node = node->parent;
      --depth;
    }
    if (node == root) break;
    node = node->next;
  }
  return absl::OkStatus();
}

std::string ContentOf(const xmlNode* first) {
  std::string text;
  for (const xmlNode* node = first; node != nullptr; node = node->next) {
    if (node->type == XML_TEXT_NODE) {
      absl::StrAppend(&text, XmlText(node->content));
    }
  }
  return text;
}

std::string NamespaceOf(const xmlNs* ns) {
  return ns == nullptr ? "" : std::string(XmlText(ns->href));
}

}  // namespace

absl::string_view XmlText(const xmlChar* text) {
  return text == nullptr ? absl::string_view()
                         : reinterpret_cast<const char*>(text);
}

absl::StatusOr<XmlDocument> ParseXmlDocument(absl::string_view text,
                                             const XmlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Refuse(absl::StrCat("more than ", limits.max_bytes, " bytes"));
  }
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");  // the byte order mark
  if (!IsUtf8(text) || text.find('\0') != absl::string_view::npos) {
    return Refuse("not UTF-8");
  }
  if (absl::Status status = CheckMarkup(text, limits); !status.ok()) {
    return status;
  }
  static const bool initialized = [] {
    xmlInitParser();
    return true;
  }();
  static_cast<void>(initialized);
  const std::unique_ptr<xmlParserCtxt, ParserFree> parser(xmlNewParserCtxt());
  if (parser == nullptr) return absl::ResourceExhaustedError("no memory");
  // The encoding given here holds, whatever the text says of itself.  What is
  // not set: entities, DTDs, XInclude, and sizes beyond libxml2's own caps.
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR |
                           XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  XmlDocument doc(xmlCtxtReadMemory(parser.get(), text.data(),
                                    static_cast<int>(text.size()), nullptr,
                                    "UTF-8", kOptions));
  const xmlNode* const root =
      doc == nullptr ? nullptr : xmlDocGetRootElement(doc.get());
  if (root == nullptr || parser->wellFormed != 1 || parser->nsWellFormed != 1) {
    return Refuse("not well-formed XML");
  }
  if (doc->intSubset != nullptr || doc->extSubset != nullptr) {
    return Refuse("declarations are not allowed");
  }
  if (absl::Status status = CheckSize(root, limits); !status.ok()) {
    return status;
  }
  return doc;
}

XmlElement ToXmlElement(const xmlNode* node) {
  XmlElement element;
  element.ns = NamespaceOf(node->ns);
  element.name = std::string(XmlText(node->name));
  for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) {
    element.attributes.push_back({NamespaceOf(a->ns),
                                  std::string(XmlText(a->name)),
                                  ContentOf(a->children)});
  }
  element.text = ContentOf(node->children);
  for (const xmlNode* c = node->children; c != nullptr; c = c->next) {
    if (c->type == XML_ELEMENT_NODE) {
      element.children.push_back(ToXmlElement(c));
    }
  }
  return element;
}

}  // namespace rolegate::service
