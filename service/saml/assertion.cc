#include "service/saml/assertion.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "service/saml/names.h"
#include "service/saml/parse_xml.h"
#include "service/saml/saml_time.h"
#include "service/saml/signature.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
constexpr absl::string_view kSuccess =
    "urn:oasis:names:tc:SAML:2.0:status:Success";
constexpr absl::string_view kEntityFormat =
    "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
constexpr absl::string_view kUnspecifiedFormat =
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

constexpr absl::Duration kSkew = absl::Minutes(1);
// AWS: "Token must be redeemed within 5 minutes of issuance".
constexpr absl::Duration kRedemption = absl::Minutes(5);
constexpr std::size_t kMaxAssertionText = 100'000;
constexpr std::size_t kMaxSubject = 1024;

ApiError Invalid(absl::string_view message) {
  return {ErrorCode::kInvalidIdentityToken, std::string(message), {}};
}
ApiError Expired(absl::string_view message) {
  return {ErrorCode::kExpiredTokenException, std::string(message), {}};
}

// Text and nothing else.
bool IsPlain(const XmlElement& element) { return element.children.empty(); }

class AssertionReader {
 public:
  AssertionReader(const XmlElement& assertion, const SamlMetadata& provider,
                  const SamlParties& parties, absl::Time now)
      : assertion_(assertion),
        provider_(provider),
        parties_(parties),
        now_(now) {}

  Result<SamlAssertion> Run() && {
    Refusal refusal = ReadIssue();
    if (!refusal) refusal = ReadSubject();
    if (!refusal) refusal = ReadConditions();
    if (!refusal) refusal = ReadAuthentication();
    if (!refusal) refusal = ReadAttributes();
    if (refusal) return *std::move(refusal);
    return std::move(result_);
  }

 private:
  // The time in an attribute, `absent` if there is none; false if it is
  // malformed.
  static bool ReadTime(const XmlElement& element, absl::string_view name,
                       absl::Time absent, absl::Time* time) {
    *time = absent;
    const std::string* const text = element.Attribute(name);
    if (text == nullptr) return true;
    const std::optional<absl::Time> parsed = ParseSamlTime(*text);
    if (parsed) *time = *parsed;
    return parsed.has_value();
  }

  // NotBefore and NotOnOrAfter.
  Refusal CheckWindow(const XmlElement& element) const {
    absl::Time begin;
    absl::Time end;
    if (!ReadTime(element, "NotBefore", absl::InfinitePast(), &begin) ||
        !ReadTime(element, "NotOnOrAfter", absl::InfiniteFuture(), &end)) {
      return Invalid("SAML times must be in UTC");
    }
    if (begin > now_ + kSkew) return Invalid("Response is not yet valid");
    if (end <= now_ - kSkew) return Expired("Response has expired");
    return std::nullopt;
  }

  Refusal ReadIssue() {
    const std::string* const version = assertion_.Attribute("Version");
    if (version == nullptr || *version != "2.0") {
      return Invalid("the assertion must be of SAML 2.0");
    }
    const XmlElement* const issuer = assertion_.Only(kSamlNs, "Issuer");
    if (issuer == nullptr || !IsPlain(*issuer) || !HasEntityFormat(*issuer) ||
        issuer->text != provider_.entity_id) {
      return Invalid("Issuer not present in specified provider");
    }
    if (provider_.valid_until <= now_) {
      return Invalid("the metadata of the specified provider has expired");
    }
    result_.issuer = issuer->text;
    absl::Time issued;
    if (assertion_.Attribute("IssueInstant") == nullptr ||
        !ReadTime(assertion_, "IssueInstant", absl::InfinitePast(), &issued)) {
      return Invalid("the assertion must have an IssueInstant in UTC");
    }
    if (issued > now_ + kSkew) return Invalid("Response is not yet valid");
    if (issued + kRedemption <= now_ - kSkew) {
      return Expired("Token must be redeemed within 5 minutes of issuance");
    }
    return std::nullopt;
  }

  static bool HasEntityFormat(const XmlElement& issuer) {
    const std::string* const format = issuer.Attribute("Format");
    return format == nullptr || *format == kEntityFormat;
  }

  Refusal ReadSubject() {
    const XmlElement* const subject = assertion_.Only(kSamlNs, "Subject");
    if (subject == nullptr) return Invalid("the assertion has no Subject");
    const XmlElement* const name = subject->Only(kSamlNs, "NameID");
    if (name == nullptr || !IsPlain(*name) || name->text.empty() ||
        name->text.size() > kMaxSubject) {
      return Invalid("the Subject must have one NameID");
    }
    const std::string* const format = name->Attribute("Format");
    result_.subject = name->text;
    result_.subject_format =
        format == nullptr ? std::string(kUnspecifiedFormat) : *format;
    if (result_.subject_format.size() > kMaxSubject) {
      return Invalid("the Subject must have one NameID");
    }

    const XmlElement* const confirmation =
        subject->Only(kSamlNs, "SubjectConfirmation");
    const std::string* const method =
        confirmation == nullptr ? nullptr : confirmation->Attribute("Method");
    if (method == nullptr || *method != kBearer) {
      return Invalid(
          "the Subject must have exactly one SubjectConfirmation, a bearer's");
    }
    const XmlElement* const data =
        confirmation->Only(kSamlNs, "SubjectConfirmationData");
    const std::string* const recipient =
        data == nullptr ? nullptr : data->Attribute("Recipient");
    if (recipient == nullptr || data->Attribute("NotOnOrAfter") == nullptr) {
      return Invalid(
          "the SubjectConfirmationData must have a Recipient and a "
          "NotOnOrAfter");
    }
    if (*recipient != parties_.recipient) {
      return Invalid("Response is for another Recipient");
    }
    result_.recipient = *recipient;
    return CheckWindow(*data);
  }

  Refusal ReadConditions() {
    const XmlElement* const conditions = assertion_.Only(kSamlNs, "Conditions");
    if (conditions == nullptr) return MissingAudience();
    bool restricted = false;
    for (const XmlElement& condition : conditions->children) {
      // No assertion is issued on the strength of this one, so a
      // ProxyRestriction has nothing to forbid.
      if (condition.Is(kSamlNs, "ProxyRestriction")) continue;
      if (!condition.Is(kSamlNs, "AudienceRestriction")) {
        return Invalid("the assertion has a condition that is not supported");
      }
      restricted = true;
      const auto audiences = condition.All(kSamlNs, "Audience");
      if (std::none_of(audiences.begin(), audiences.end(),
                       [&](const XmlElement* audience) {
                         return IsPlain(*audience) &&
                                audience->text == parties_.audience;
                       })) {
        return MissingAudience();
      }
    }
    if (!restricted) return MissingAudience();
    return CheckWindow(*conditions);
  }

  static ApiError MissingAudience() {
    return Invalid("Response does not contain the required audience");
  }

  Refusal ReadAuthentication() {
    const auto statements = assertion_.All(kSamlNs, "AuthnStatement");
    if (statements.empty()) {
      return Invalid("the assertion has no AuthnStatement");
    }
    for (const XmlElement* statement : statements) {
      absl::Time end;
      if (!ReadTime(*statement, "SessionNotOnOrAfter", absl::InfiniteFuture(),
                    &end)) {
        return Invalid("SAML times must be in UTC");
      }
      result_.session_end = std::min(result_.session_end, end);
    }
    // No skew: a session that is about to be issued would be over.
    if (result_.session_end <= now_) {
      return Expired("the provider's session has ended");
    }
    return std::nullopt;
  }

  Refusal ReadAttributes() {
    for (const XmlElement* statement :
         assertion_.All(kSamlNs, "AttributeStatement")) {
      for (const XmlElement* attribute : statement->All(kSamlNs, "Attribute")) {
        const std::string* const name = attribute->Attribute("Name");
        if (name == nullptr || name->empty()) {
          return Invalid("an Attribute must have a Name");
        }
        AddAttribute(*name, *attribute);
      }
    }
    return std::nullopt;
  }

  // eduPersonTargetedID's value is a NameID, whose text counts.
  void AddAttribute(const std::string& name, const XmlElement& attribute) {
    auto& all = result_.attributes;
    auto at = std::find_if(
        all.begin(), all.end(),
        [&](const SamlAttribute& known) { return known.name == name; });
    if (at == all.end()) at = all.insert(all.end(), {name, {}, true});
    for (const XmlElement* value : attribute.All(kSamlNs, "AttributeValue")) {
      if (IsPlain(*value)) {
        at->values.push_back(value->text);
      } else if (const XmlElement* const id = value->Only(kSamlNs, "NameID");
                 id != nullptr && value->children.size() == 1 &&
                 value->HasNoText() && IsPlain(*id)) {
        at->values.push_back(id->text);
      } else {
        at->is_text = false;
      }
    }
  }

  const XmlElement& assertion_;
  const SamlMetadata& provider_;
  const SamlParties& parties_;
  const absl::Time now_;
  SamlAssertion result_;
};

// A Response says whether the provider granted at all, and to whom it went.
// What it says may be unsigned; it can only refuse.
Refusal CheckResponse(const XmlElement& root, const SamlMetadata& provider,
                      const SamlParties& parties) {
  if (!root.Is(kSamlpNs, "Response")) return std::nullopt;
  for (const XmlElement* issuer : root.All(kSamlNs, "Issuer")) {
    if (issuer->text != provider.entity_id) {
      return Invalid("Issuer not present in specified provider");
    }
  }
  const std::string* const destination = root.Attribute("Destination");
  if (destination != nullptr && !destination->empty() &&
      *destination != parties.recipient) {
    return Invalid("Response is for another Destination");
  }
  const XmlElement* const status = root.Only(kSamlpNs, "Status");
  const XmlElement* const code =
      status == nullptr ? nullptr : status->Only(kSamlpNs, "StatusCode");
  const std::string* const value =
      code == nullptr ? nullptr : code->Attribute("Value");
  if (value == nullptr) return Invalid("the Response has no Status");
  if (*value == kSuccess) return std::nullopt;
  return ApiError{ErrorCode::kIdpRejectedClaim,
                  "the identity provider did not authenticate the subject",
                  {}};
}

}  // namespace

const SamlAttribute* SamlAssertion::Find(absl::string_view name) const {
  for (const SamlAttribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

Result<SamlAssertion> ReadSamlAssertion(const XmlElement& assertion,
                                        const SamlMetadata& provider,
                                        const SamlParties& parties,
                                        absl::Time now) {
  return AssertionReader(assertion, provider, parties, now).Run();
}

Result<SamlAssertion> VerifySamlAssertion(absl::string_view base64,
                                          const SamlMetadata& provider,
                                          const SamlParties& parties,
                                          absl::Time now) {
  const XmlLimits limits;
  if (base64.size() > kMaxAssertionText) {
    return Invalid(absl::StrCat("the assertion has more than ",
                                kMaxAssertionText, " characters"));
  }
  const absl::StatusOr<std::string> text = DecodeXmlBase64(base64);
  if (!text.ok()) return Invalid("the assertion is not base64");
  const absl::StatusOr<XmlElement> document = ParseXml(*text, limits);
  if (!document.ok()) return Invalid(document.status().message());
  if (Refusal refusal = CheckResponse(*document, provider, parties)) {
    return *std::move(refusal);
  }

  const absl::StatusOr<std::string> canonical =
      VerifySignatures(*text, provider.certificates, limits);
  if (absl::IsUnauthenticated(canonical.status())) {
    return Invalid("Response signature invalid");
  }
  if (!canonical.ok()) return Invalid(canonical.status().message());
  // From here on there is nothing but what was signed.
  const absl::StatusOr<XmlElement> signed_part = ParseXml(*canonical, limits);
  if (!signed_part.ok()) return Invalid(signed_part.status().message());
  if (signed_part->Is(kSamlNs, "Assertion")) {
    return ReadSamlAssertion(*signed_part, provider, parties, now);
  }
  if (Refusal refusal = CheckResponse(*signed_part, provider, parties)) {
    return *std::move(refusal);
  }
  const XmlElement* const assertion = signed_part->Only(kSamlNs, "Assertion");
  if (!signed_part->Is(kSamlpNs, "Response") || assertion == nullptr) {
    return Invalid("there must be exactly one assertion");
  }
  return ReadSamlAssertion(*assertion, provider, parties, now);
}

}  // namespace rolegate::service
