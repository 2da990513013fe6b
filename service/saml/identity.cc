#include "service/saml/identity.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/text/arn.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kAttributes =
    "https://aws.amazon.com/SAML/Attributes/";
constexpr absl::string_view kNameIdFormat =
    "urn:oasis:names:tc:SAML:2.0:nameid-format:";
constexpr int kMinSeconds = 900;
constexpr int kMaxSeconds = 43200;

struct KeyOfAttribute {
  absl::string_view attribute;
  absl::string_view key;
};
constexpr absl::string_view kOid = "urn:oid:";
// eduPerson and eduOrg, then X.500, by their object identifiers.
constexpr KeyOfAttribute kKeysOfOids[] = {
    {"1.3.6.1.4.1.5923.1.1.1.1", "edupersonaffiliation"},
    {"1.3.6.1.4.1.5923.1.1.1.2", "edupersonnickname"},
    {"1.3.6.1.4.1.5923.1.1.1.3", "edupersonorgdn"},
    {"1.3.6.1.4.1.5923.1.1.1.4", "edupersonorgunitdn"},
    {"1.3.6.1.4.1.5923.1.1.1.5", "edupersonprimaryaffiliation"},
    {"1.3.6.1.4.1.5923.1.1.1.6", "edupersonprincipalname"},
    {"1.3.6.1.4.1.5923.1.1.1.7", "edupersonentitlement"},
    {"1.3.6.1.4.1.5923.1.1.1.8", "edupersonprimaryorgunitdn"},
    {"1.3.6.1.4.1.5923.1.1.1.9", "edupersonscopedaffiliation"},
    {"1.3.6.1.4.1.5923.1.1.1.10", "edupersontargetedid"},
    {"1.3.6.1.4.1.5923.1.1.1.11", "edupersonassurance"},
    {"1.3.6.1.4.1.5923.1.2.1.2", "eduorghomepageuri"},
    {"1.3.6.1.4.1.5923.1.2.1.3", "eduorgidentityauthnpolicyuri"},
    {"1.3.6.1.4.1.5923.1.2.1.4", "eduorglegalname"},
    {"1.3.6.1.4.1.5923.1.2.1.5", "eduorgsuperioruri"},
    {"1.3.6.1.4.1.5923.1.2.1.6", "eduorgwhitepagesuri"},
    {"2.5.4.3", "cn"},
    {"2.5.4.4", "surname"},
    {"2.5.4.42", "givenName"},
    {"2.5.4.45", "x500UniqueIdentifier"},
    {"0.9.2342.19200300.100.1.1", "uid"},
    {"0.9.2342.19200300.100.1.3", "mail"},
    {"0.9.2342.19200300.100.1.45", "organizationStatus"},
};
// The claims of Active Directory.
constexpr KeyOfAttribute kKeysOfClaims[] = {
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "name"},
    {"http://schemas.xmlsoap.org/claims/CommonName", "commonName"},
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
     "givenName"},
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
     "surname"},
    {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
     "mail"},
    {"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid",
     "primaryGroupSID"},
};

// The keys that a session keeps.
constexpr absl::string_view kLasting[] = {"saml:sub", "saml:sub_type",
                                          "saml:namequalifier"};

ApiError Invalid(absl::string_view message) {
  return {ErrorCode::kInvalidIdentityToken, std::string(message), {}};
}

// `[a-zA-Z_0-9+=,.@-]{2,64}`
bool IsName(absl::string_view text) {
  return text.size() >= 2 && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::string_view("_+=,.@-").find(c) !=
                      absl::string_view::npos;
         });
}

// BASE64(SHA1(issuer + account + "/" + provider's name)), as AWS has it: a
// name, not a safeguard.
std::string NameQualifier(absl::string_view issuer, absl::string_view doc) {
  const std::string named = absl::StrCat(issuer, doc);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(named.data(), named.size(), digest.data(), &size, EVP_sha1(),
                 nullptr) != 1) {
    return "";
  }
  return absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

class IdentityReader {
 public:
  IdentityReader(const SamlAssertion& assertion, absl::string_view provider_arn)
      : assertion_(assertion), provider_arn_(provider_arn) {}

  Result<SamlIdentity> Run() && {
    Refusal refusal = ReadSessionName();
    if (!refusal) refusal = ReadSourceIdentity();
    if (!refusal) refusal = ReadDuration();
    if (!refusal) refusal = ReadTags();
    if (!refusal) refusal = ReadKeys();
    if (refusal) return *std::move(refusal);
    identity_.federated.action = "sts:AssumeRoleWithSAML";
    for (absl::string_view key : kLasting) {
      identity_.federated.lasting_keys.emplace_back(key);
    }
    identity_.federated.provider = std::string(provider_arn_);
    identity_.federated.not_after = assertion_.session_end;
    return std::move(identity_);
  }

 private:
  // The attribute's values; null if it is not there.
  const SamlAttribute* Find(absl::string_view name) const {
    return assertion_.Find(absl::StrCat(kAttributes, name));
  }

  Refusal ReadSessionName() {
    const SamlAttribute* const name = Find("RoleSessionName");
    if (name == nullptr) {
      return Invalid("RoleSessionName is required in AuthnResponse");
    }
    if (!IsOneText(*name) || !IsName(name->values.front())) {
      return Invalid(
          "RoleSessionName in AuthnResponse must match "
          "[a-zA-Z_0-9+=,.@-]{2,64}");
    }
    identity_.role_session_name = name->values.front();
    return std::nullopt;
  }

  Refusal ReadSourceIdentity() {
    const SamlAttribute* const source = Find("SourceIdentity");
    if (source == nullptr) return std::nullopt;
    if (!IsOneText(*source) || !IsName(source->values.front())) {
      return Invalid(
          "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin "
          "with \"aws:\"");
    }
    identity_.federated.source_identity = source->values.front();
    return std::nullopt;
  }

  Refusal ReadDuration() {
    const SamlAttribute* const duration = Find("SessionDuration");
    if (duration == nullptr) return std::nullopt;
    int seconds = 0;
    if (!IsOneText(*duration) ||
        !absl::SimpleAtoi(duration->values.front(), &seconds) ||
        seconds < kMinSeconds || seconds > kMaxSeconds) {
      return Invalid(absl::StrCat("SessionDuration must be from ", kMinSeconds,
                                  " to ", kMaxSeconds));
    }
    identity_.max_duration = absl::Seconds(seconds);
    return std::nullopt;
  }

  Refusal ReadTags() {
    const std::string prefix = absl::StrCat(kAttributes, "PrincipalTag:");
    for (const SamlAttribute& attribute : assertion_.attributes) {
      absl::string_view key = attribute.name;
      if (!absl::ConsumePrefix(&key, prefix)) continue;
      if (!IsOneText(attribute)) {
        return Invalid("a PrincipalTag must have exactly one value");
      }
      identity_.federated.tags.push_back(
          {std::string(key), attribute.values.front()});
    }
    if (const SamlAttribute* const keys = Find("TransitiveTagKeys")) {
      if (!keys->is_text) return Invalid("TransitiveTagKeys must be texts");
      identity_.federated.transitive_tag_keys = keys->values;
    }
    return std::nullopt;
  }

  Refusal ReadKeys() {
    identity_.subject_type = std::string(
        absl::StripPrefix(assertion_.subject_format, kNameIdFormat));
    const std::optional<Arn> arn = Arn::Parse(provider_arn_);
    if (!arn) return Invalid("Specified provider doesn't exist");
    const std::string doc = absl::StrCat(
        arn->account, "/", absl::StripPrefix(arn->resource, "saml-provider/"));
    identity_.name_qualifier = NameQualifier(assertion_.issuer, doc);
    AddKey("saml:aud", {assertion_.recipient});
    AddKey("saml:iss", {assertion_.issuer});
    AddKey("saml:sub", {assertion_.subject});
    AddKey("saml:sub_type", {identity_.subject_type});
    AddKey("saml:namequalifier", {identity_.name_qualifier});
    AddKey("saml:doc", {doc});
    for (const SamlAttribute& attribute : assertion_.attributes) {
      const absl::string_view key = SamlKeyOfAttribute(attribute.name);
      if (key.empty()) continue;
      // A value that was left out could be the one that a Deny is for.
      if (!attribute.is_text) {
        return Invalid("an attribute has values that are no text");
      }
      AddKey(absl::StrCat("saml:", key), attribute.values);
    }
    return std::nullopt;
  }

  // Two attributes may become one key.
  void AddKey(std::string name, const std::vector<std::string>& values) {
    for (SessionKey& known : identity_.federated.keys) {
      if (known.name != name) continue;
      known.values.insert(known.values.end(), values.begin(), values.end());
      return;
    }
    if (values.empty()) return;
    identity_.federated.keys.push_back({std::move(name), values});
  }

  static bool IsOneText(const SamlAttribute& attribute) {
    return attribute.is_text && attribute.values.size() == 1;
  }

  const SamlAssertion& assertion_;
  const absl::string_view provider_arn_;
  SamlIdentity identity_;
};

}  // namespace

Result<SamlIdentity> ReadSamlIdentity(const SamlAssertion& assertion,
                                      absl::string_view provider_arn) {
  return IdentityReader(assertion, provider_arn).Run();
}

bool NamesRole(const SamlAssertion& assertion, absl::string_view role_arn,
               absl::string_view provider_arn) {
  const SamlAttribute* const roles =
      assertion.Find(absl::StrCat(kAttributes, "Role"));
  if (roles == nullptr) return false;
  return std::any_of(
      roles->values.begin(), roles->values.end(), [&](const std::string& pair) {
        return pair == absl::StrCat(role_arn, ",", provider_arn) ||
               pair == absl::StrCat(provider_arn, ",", role_arn);
      });
}

absl::string_view SamlKeyOfAttribute(absl::string_view attribute) {
  for (const KeyOfAttribute& known : kKeysOfClaims) {
    if (known.attribute == attribute) return known.key;
  }
  const bool is_urn = absl::ConsumePrefix(&attribute, kOid);
  for (const KeyOfAttribute& known : kKeysOfOids) {
    if (known.attribute != attribute) continue;
    // AWS reads the bare identifier as X.500's common name.
    return known.key == "cn" && !is_urn ? "commonName" : known.key;
  }
  return "";
}

}  // namespace rolegate::service
