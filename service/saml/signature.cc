#include "service/saml/signature.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <xmlsec/buffer.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/saml/names.h"
#include "service/saml/xml_document.h"

namespace rolegate::service {
namespace {

absl::Status Refuse(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

// ---------------------------------------------------------------- keys

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using DsigPtr = std::unique_ptr<xmlSecDSigCtx, Deleter<xmlSecDSigCtxDestroy>>;

KeyPtr KeyOf(absl::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  const X509Ptr certificate(d2i_X509(nullptr, &at, std::ssize(der)));
  if (certificate == nullptr || at != end) return nullptr;
  return KeyPtr(X509_get_pubkey(certificate.get()));
}

// ---------------------------------------------------------------- xmlsec

// xmlsec reports errors to the standard error stream, with parts of what it
// was given; the result of a call says enough.
void IgnoreError(const char*, int, const char*, const char*, const char*, int,
                 const char*) {}

bool InitializeXmlSec() {
  static const bool initialized = [] {
    if (xmlSecInit() < 0 || xmlSecCryptoAppInit(nullptr) < 0 ||
        xmlSecCryptoInit() < 0) {
      return false;
    }
    xmlSecErrorsSetCallback(IgnoreError);  // xmlSecInit sets its own
    // The library never fetches anything, neither from files nor from the
    // network.
    xmlSecIOCleanupCallbacks();
    return true;
  }();
  return initialized;
}

// Returns the bytes that `signature` covers, if `key` verifies it.
std::optional<std::string> VerifyWith(xmlNode* signature, KeyPtr key) {
  const DsigPtr dsig(xmlSecDSigCtxCreate(nullptr));
  if (dsig == nullptr) return std::nullopt;
  xmlSecKeyDataPtr data = xmlSecOpenSSLEvpKeyAdopt(key.get());
  if (data == nullptr) return std::nullopt;
  static_cast<void>(key.release());
  dsig->signKey = xmlSecKeyCreate();
  if (dsig->signKey == nullptr || xmlSecKeySetValue(dsig->signKey, data) < 0) {
    xmlSecKeyDataDestroy(data);
    return std::nullopt;
  }
  dsig->flags |= XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES |
                 XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
  // CheckShape has said the same of what the document names; this is said to
  // xmlsec, in case it reads a document otherwise than we do.
  dsig->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
  for (const xmlSecTransformId id :
       {xmlSecTransformEnvelopedId, xmlSecTransformExclC14NId,
        xmlSecTransformSha256Id, xmlSecTransformSha384Id,
        xmlSecTransformSha512Id}) {
    if (xmlSecDSigCtxEnableReferenceTransform(dsig.get(), id) < 0) {
      return std::nullopt;
    }
  }
  for (const xmlSecTransformId id :
       {xmlSecTransformExclC14NId, xmlSecTransformRsaSha256Id,
        xmlSecTransformRsaSha384Id, xmlSecTransformRsaSha512Id,
        xmlSecTransformEcdsaSha256Id, xmlSecTransformEcdsaSha384Id,
        xmlSecTransformEcdsaSha512Id}) {
    if (xmlSecDSigCtxEnableSignatureTransform(dsig.get(), id) < 0) {
      return std::nullopt;
    }
  }
  if (xmlSecDSigCtxVerify(dsig.get(), signature) < 0 ||
      dsig->status != xmlSecDSigStatusSucceeded ||
      xmlSecPtrListGetSize(&dsig->signedInfoReferences) != 1) {
    return std::nullopt;
  }
  auto* const reference = static_cast<xmlSecDSigReferenceCtxPtr>(
      xmlSecPtrListGetItem(&dsig->signedInfoReferences, 0));
  if (reference == nullptr || reference->status != xmlSecDSigStatusSucceeded) {
    return std::nullopt;
  }
  xmlSecBuffer* const bytes =
      xmlSecDSigReferenceCtxGetPreDigestBuffer(reference);
  if (bytes == nullptr || xmlSecBufferGetSize(bytes) == 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(xmlSecBufferGetData(bytes)),
                     xmlSecBufferGetSize(bytes));
}

// ---------------------------------------------------------------- shape

constexpr absl::string_view kEnveloped =
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

constexpr std::array<absl::string_view, 6> kSignatureMethods = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
};
constexpr std::array<absl::string_view, 3> kDigestMethods = {
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
};

// The attribute Algorithm; empty if it is not the only one.
absl::string_view AlgorithmOf(const XmlElement& element) {
  const std::string* const algorithm = element.Attribute("Algorithm");
  return algorithm != nullptr && element.attributes.size() == 1 &&
                 element.HasNoText()
             ? absl::string_view(*algorithm)
             : absl::string_view();
}

// Whether the element is a method of `algorithms` without parameters.
bool IsMethod(const XmlElement& element, absl::string_view name,
              absl::Span<const absl::string_view> algorithms) {
  return element.Is(kDsigNs, name) && element.children.empty() &&
         std::find(algorithms.begin(), algorithms.end(),
                   AlgorithmOf(element)) != algorithms.end();
}

// Exclusive canonicalization, with or without its list of prefixes.
bool IsExclusiveC14n(const XmlElement& element, absl::string_view name) {
  if (!element.Is(kDsigNs, name) || AlgorithmOf(element) != kExclusiveC14n ||
      element.children.size() > 1) {
    return false;
  }
  if (element.children.empty()) return true;
  const XmlElement& prefixes = element.children.front();
  return prefixes.Is(kExclusiveC14n, "InclusiveNamespaces") &&
         prefixes.children.empty() && prefixes.HasNoText() &&
         prefixes.attributes.size() == 1 &&
         prefixes.Attribute("PrefixList") != nullptr;
}

absl::Status CheckReference(const XmlElement& reference,
                            absl::string_view parent_id) {
  const auto& parts = reference.children;
  const std::string* const uri = reference.Attribute("URI");
  if (!reference.Is(kDsigNs, "Reference") || uri == nullptr ||
      *uri != absl::StrCat("#", parent_id)) {
    return Refuse("a signature must refer to the element that it is in");
  }
  if (parts.size() != 3 || !reference.HasNoText() ||
      !parts[0].Is(kDsigNs, "Transforms") ||
      !parts[2].Is(kDsigNs, "DigestValue") || !parts[2].children.empty()) {
    return Refuse("a signature's reference is malformed");
  }
  if (!IsMethod(parts[1], "DigestMethod", kDigestMethods)) {
    return Refuse("a signature's digest must be SHA-256, SHA-384 or SHA-512");
  }
  const auto& transforms = parts[0].children;
  if (transforms.size() != 2 || !parts[0].HasNoText() ||
      !IsMethod(transforms[0], "Transform", {&kEnveloped, 1}) ||
      !IsExclusiveC14n(transforms[1], "Transform")) {
    return Refuse(
        "a signature's transforms must be the enveloped signature and "
        "exclusive canonicalization");
  }
  return absl::OkStatus();
}

// SignedInfo, SignatureValue and, which nobody reads, KeyInfo.  An Object
// could hold anything.
absl::Status CheckShape(const XmlElement& signature,
                        absl::string_view parent_id) {
  const auto& parts = signature.children;
  if ((parts.size() != 2 && parts.size() != 3) || !signature.HasNoText() ||
      !parts[0].Is(kDsigNs, "SignedInfo") ||
      !parts[1].Is(kDsigNs, "SignatureValue") || !parts[1].children.empty() ||
      (parts.size() == 3 && !parts[2].Is(kDsigNs, "KeyInfo"))) {
    return Refuse("a signature is malformed");
  }
  const auto& info = parts[0].children;
  if (info.size() != 3 || !parts[0].HasNoText()) {
    return Refuse("a signature must have exactly one reference");
  }
  if (!IsExclusiveC14n(info[0], "CanonicalizationMethod")) {
    return Refuse("a signature's canonicalization must be exclusive");
  }
  if (!IsMethod(info[1], "SignatureMethod", kSignatureMethods)) {
    return Refuse(
        "a signature's method must be RSA or ECDSA with SHA-256, SHA-384 or "
        "SHA-512");
  }
  return CheckReference(info[2], parent_id);
}

// ---------------------------------------------------------------- document

bool Is(const xmlNode* node, absl::string_view ns, absl::string_view name) {
  return node->ns != nullptr && XmlText(node->ns->href) == ns &&
         XmlText(node->name) == name;
}

bool IsNcName(absl::string_view id) {
  return !id.empty() && id.size() <= 256 &&
         (absl::ascii_isalpha(static_cast<unsigned char>(id[0])) ||
          id[0] == '_') &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_' || c == '-' || c == '.';
         });
}

// Looks once at every element.
class DocumentCheck {
 public:
  absl::Status Run(xmlNode* root) {
    if (!Is(root, kSamlNs, "Assertion") && !Is(root, kSamlpNs, "Response")) {
      return Refuse("neither a Response nor an Assertion");
    }
    root_ = root;
    if (absl::Status status = Visit(root); !status.ok()) return status;
    if (assertion_ == nullptr) return Refuse("there is no assertion");
    if (signatures_.empty()) return Refuse("there is no signature");
    return absl::OkStatus();
  }

  // In the document's order, so that the outermost element's is the first
  // unless only the Assertion has one.
  const std::vector<xmlNode*>& signatures() const { return signatures_; }

 private:
  absl::Status Visit(xmlNode* node) {
    if (absl::Status status = VisitOne(node); !status.ok()) return status;
    for (xmlNode* child = node->children; child != nullptr;
         child = child->next) {
      if (child->type != XML_ELEMENT_NODE) continue;
      if (absl::Status status = Visit(child); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status VisitOne(xmlNode* node) {
    if (node->ns != nullptr &&
        (XmlText(node->ns->href) == kXmlencNs ||
         (XmlText(node->ns->href) == kSamlNs &&
          absl::StartsWith(XmlText(node->name), "Encrypted")))) {
      return Refuse("encrypted assertions are not supported");
    }
    if (Is(node, kSamlpNs, "Response") && node != root_) {
      return Refuse("a Response must be the whole document");
    }
    if (Is(node, kSamlNs, "Assertion")) {
      if (assertion_ != nullptr) {
        return Refuse("there must be exactly one assertion");
      }
      if (node != root_ &&
          (node->parent != root_ || !Is(root_, kSamlpNs, "Response"))) {
        return Refuse("the assertion must be the Response's child");
      }
      assertion_ = node;
    }
    if (Is(node, kDsigNs, "Signature")) {
      if (node->parent != root_ && node->parent != assertion_) {
        return Refuse("a signature must be in what it signs");
      }
      for (const xmlNode* other : signatures_) {
        if (other->parent == node->parent) {
          return Refuse("there must be one signature for one element");
        }
      }
      signatures_.push_back(node);
    }
    return VisitIds(node);
  }

  // Whatever any reader could take for an ID is there once.
  absl::Status VisitIds(const xmlNode* node) {
    for (const xmlAttr* a = node->properties; a != nullptr; a = a->next) {
      if (!absl::EqualsIgnoreCase(XmlText(a->name), "id")) continue;
      if (a->ns != nullptr) return Refuse("an ID must have no namespace");
      const absl::string_view id =
          XmlText(a->children == nullptr ? nullptr : a->children->content);
      if (!ids_.emplace(id).second) return Refuse("an ID is there twice");
    }
    return absl::OkStatus();
  }

  const xmlNode* root_ = nullptr;
  const xmlNode* assertion_ = nullptr;
  std::vector<xmlNode*> signatures_;
  absl::flat_hash_set<std::string> ids_;
};

// The bytes that one signature covers.
absl::StatusOr<std::string> VerifySignature(
    xmlNode* signature, absl::Span<const std::string> certificates) {
  xmlAttr* const id = xmlHasNsProp(
      signature->parent, reinterpret_cast<const xmlChar*>("ID"), nullptr);
  const absl::string_view value = id == nullptr || id->children == nullptr
                                      ? absl::string_view()
                                      : XmlText(id->children->content);
  if (!IsNcName(value)) return Refuse("a signed element must have an ID");
  if (absl::Status status = CheckShape(ToXmlElement(signature), value);
      !status.ok()) {
    return status;
  }
  if (xmlAddID(nullptr, signature->doc, id->children->content, id) == nullptr) {
    return Refuse("an ID is there twice");
  }
  for (const std::string& certificate : certificates) {
    KeyPtr key = KeyOf(certificate);
    if (key == nullptr) continue;
    if (auto bytes = VerifyWith(signature, std::move(key))) return *bytes;
  }
  return absl::UnauthenticatedError("no certificate fits the signature");
}

}  // namespace

absl::StatusOr<std::string> VerifySignatures(
    absl::string_view text, absl::Span<const std::string> certificates,
    const XmlLimits& limits) {
  if (!InitializeXmlSec()) return absl::InternalError("no xmlsec");
  const absl::StatusOr<XmlDocument> doc = ParseXmlDocument(text, limits);
  if (!doc.ok()) return doc.status();
  DocumentCheck check;
  if (absl::Status status = check.Run(xmlDocGetRootElement(doc->get()));
      !status.ok()) {
    return status;
  }
  // All must hold.  The last one read that is the root's covers all others.
  std::optional<std::string> outermost;
  for (xmlNode* const signature : check.signatures()) {
    absl::StatusOr<std::string> bytes =
        VerifySignature(signature, certificates);
    if (!bytes.ok()) return bytes;
    if (!outermost || signature->parent == xmlDocGetRootElement(doc->get())) {
      outermost = *std::move(bytes);
    }
  }
  return *std::move(outermost);
}

absl::Status CheckSigningCertificate(absl::string_view der) {
  const KeyPtr key = KeyOf(der);
  if (key == nullptr) return Refuse("not an X.509 certificate");
  if (EVP_PKEY_is_a(key.get(), "RSA")) {
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits >= 2048 && bits <= 8192) return absl::OkStatus();
    return Refuse("an RSA key must have 2048 to 8192 bits");
  }
  std::array<char, 64> curve{};
  if (EVP_PKEY_is_a(key.get(), "EC") &&
      EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), nullptr) ==
          1) {
    const absl::string_view name(curve.data());
    if (name == "prime256v1" || name == "secp384r1" || name == "secp521r1") {
      return absl::OkStatus();
    }
  }
  return Refuse("the key must be RSA, or ECDSA on P-256, P-384 or P-521");
}

}  // namespace rolegate::service
