#include "engine/registry/provider_reader.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/json/json_text.h"
#include "engine/registry/file_references.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxUrl = 255;
constexpr std::size_t kMaxClientIds = 100;
constexpr std::size_t kMaxClientId = 255;

constexpr absl::string_view kOpenIdType = "oidc-provider/";
constexpr absl::string_view kSamlType = "saml-provider/";

// Returns the part of a provider's ARN behind its type.  For anything but such
// an ARN, reports a fault and returns an empty text.
std::string NameOf(const ObjectReader& object, const std::string& text,
                   absl::string_view type, std::string* account) {
  if (text.empty()) return "";  // reported as missing
  const std::optional<Arn> arn = Arn::Parse(text);
  absl::string_view name = arn ? arn->resource : absl::string_view();
  if (!arn || arn->service != "iam" || !IsAccountId(arn->account) ||
      !arn->region.empty() || !absl::ConsumePrefix(&name, type) ||
      name.empty() || text.find_first_of("*? \t\r\n") != std::string::npos) {
    const bool is_account_wrong =
        arn && !arn->account.empty() && !IsAccountId(arn->account);
    object.Fault(kInvalidMember, "Arn",
                 absl::StrCat("`", text, "` is not the ARN of ",
                              type == kSamlType ? "a SAML provider"
                                                : "an OpenID Connect provider",
                              is_account_wrong ? ": " : "",
                              is_account_wrong ? kAccountHasTwelveDigits : ""));
    return "";
  }
  *account = std::string(arn->account);
  return std::string(name);
}

std::string Reference(const ObjectReader& object, absl::string_view member) {
  std::string reference = object.String(member);
  if (reference.empty()) return reference;
  if (const absl::Status status = CheckReference(reference); !status.ok()) {
    object.Fault(kInvalidMember, member, std::string(status.message()));
    return "";
  }
  return reference;
}

// AWS prints the URL without its scheme and takes it with one.
std::string Issuer(const ObjectReader& object) {
  const std::string url = object.String("Url", /*required=*/true);
  if (url.empty()) return "";
  std::string issuer =
      absl::StrContains(url, "://") ? url : absl::StrCat("https://", url);
  const bool plain = absl::StartsWith(issuer, "http://");
  const absl::string_view rest =
      absl::string_view(issuer).substr(plain ? 7 : 8);
  if ((!plain && !absl::StartsWith(issuer, "https://")) || rest.empty() ||
      rest.front() == '/' || issuer.size() > kMaxUrl ||
      rest.find_first_of("?#@\\ \t\r\n\"<>") != absl::string_view::npos) {
    object.Fault(kInvalidMember, "Url",
                 absl::StrCat("`", url.substr(0, kMaxUrl),
                              "` is not the URL of an issuer: expected "
                              "`https://HOST/PATH`, at most ",
                              kMaxUrl, " characters"));
  }
  return issuer;
}

}  // namespace

OpenIdProviderEntity ReadOpenIdProvider(const ObjectReader& object) {
  OpenIdProviderEntity entity;
  if (!object.valid()) return entity;
  object.ExpectMembers(members::kOpenIdProvider);
  entity.place = object.place();
  OpenIdProvider& provider = entity.provider;
  provider.arn = object.String("Arn", /*required=*/true);
  provider.url = Issuer(object);
  std::string account;
  const std::string name = NameOf(object, provider.arn, kOpenIdType, &account);
  if (!name.empty() && !provider.url.empty() && name != provider.key_prefix()) {
    object.Fault(kInvalidMember, "Arn",
                 absl::StrCat("`", provider.arn,
                              "` disagrees with the URL, which asks for `",
                              kOpenIdType, provider.key_prefix(), "`"));
  }
  for (const JsonNode& id : object.List("ClientIDList")) {
    if (!id.is_string() || id.text().empty() ||
        id.text().size() > kMaxClientId) {
      object.Fault(kInvalidMember, "ClientIDList",
                   absl::StrCat("expected audiences of 1 to ", kMaxClientId,
                                " characters"));
      break;
    }
    provider.client_ids.emplace_back(id.text());
  }
  if (provider.client_ids.empty()) {
    object.Fault(kMissingMember, "ClientIDList",
                 "a provider must name the audiences that its tokens may have");
  } else if (provider.client_ids.size() > kMaxClientIds) {
    object.Fault(
        kLimitExceeded, "ClientIDList",
        absl::StrCat("expected at most ", kMaxClientIds, " audiences, found ",
                     provider.client_ids.size()));
  }
  entity.jwks_file = Reference(object, "JwksFile");
  if (const JsonNode* jwks = object.Find("Jwks")) {
    if (!entity.jwks_file.empty()) {
      object.Fault(kInvalidMember, "Jwks",
                   "expected one of `Jwks` and `JwksFile`, found both");
    }
    // Operators give an object, or JSON text in a string.
    provider.jwks =
        jwks->is_string() ? std::string(jwks->text()) : ToJsonText(*jwks);
  }
  return entity;
}

SamlProviderEntity ReadSamlProvider(const ObjectReader& object) {
  SamlProviderEntity entity;
  if (!object.valid()) return entity;
  object.ExpectMembers(members::kSamlProvider);
  entity.place = object.place();
  SamlProvider& provider = entity.provider;
  provider.arn = object.String("Arn", /*required=*/true);
  provider.name = NameOf(object, provider.arn, kSamlType, &provider.account);
  provider.document = object.String("SAMLMetadataDocument");
  entity.metadata_file = Reference(object, "SAMLMetadataFile");
  if (provider.document.empty() == entity.metadata_file.empty()) {
    object.Fault(kMissingMember, "SAMLMetadataDocument",
                 "a SAML provider must have either `SAMLMetadataDocument` or "
                 "`SAMLMetadataFile`");
  }
  return entity;
}

}  // namespace rolegate
