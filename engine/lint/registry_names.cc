#include "engine/lint/registry_names.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr absl::string_view kAssumedRole = "assumed-role/";
constexpr absl::string_view kOpenIdType = "oidc-provider/";
constexpr absl::string_view kSamlType = "saml-provider/";

// The account and the name of the role of `role/PATH/NAME` or
// `assumed-role/NAME/SESSION`.
struct RoleName {
  absl::string_view account;
  absl::string_view name;
  bool of_session = false;
};

std::optional<RoleName> NameOf(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn) return std::nullopt;
  absl::string_view rest = arn->resource;
  if (absl::ConsumePrefix(&rest, kAssumedRole)) {
    return RoleName{arn->account, rest.substr(0, rest.find('/')), true};
  }
  const std::optional<IamResource> role = IamResource::Parse(arn->resource);
  if (!role || role->type != "role") return std::nullopt;
  return RoleName{arn->account, role->name};
}

// `HOST/PATH` of a provider's ARN, or of the bare name of one.
absl::string_view IssuerOf(absl::string_view name) {
  const std::optional<Arn> arn = Arn::Parse(name);
  return arn ? absl::StripPrefix(arn->resource, kOpenIdType) : name;
}

}  // namespace

RegistryNames::RegistryNames(const Snapshot& snapshot) : snapshot_(snapshot) {
  for (const Role* role : snapshot.roles()) {
    roles_.emplace(std::pair(std::string(role->account()),
                             absl::AsciiStrToLower(role->name())),
                   role);
  }
}

bool RegistryNames::HasRole(absl::string_view arn) const {
  const std::optional<RoleName> name = NameOf(arn);
  if (!name) return true;
  return name->of_session
             ? snapshot_.FindRoleByName(name->account, name->name) != nullptr
             : snapshot_.HasRole(arn);
}

const Role* RegistryNames::RoleMeant(absl::string_view arn) const {
  const std::optional<RoleName> name = NameOf(arn);
  if (!name) return nullptr;
  const auto found = roles_.find(
      std::pair(std::string(name->account), absl::AsciiStrToLower(name->name)));
  return found == roles_.end() ? nullptr : found->second;
}

const OpenIdProvider* RegistryNames::FindOpenIdProvider(
    absl::string_view arn) const {
  for (const absl::string_view scheme : {"https://", "http://"}) {
    for (const OpenIdProvider* provider :
         snapshot_.FindOpenIdProviders(absl::StrCat(scheme, IssuerOf(arn)))) {
      if (provider->arn == arn) return provider;
    }
  }
  return nullptr;
}

bool RegistryNames::HasProvider(absl::string_view name) const {
  const std::optional<Arn> arn = Arn::Parse(name);
  return arn && absl::StartsWith(arn->resource, kSamlType)
             ? snapshot_.FindSamlProvider(name) != nullptr
             : FindOpenIdProvider(name) != nullptr;
}

std::string RegistryNames::ProviderMeant(absl::string_view name) const {
  absl::string_view issuer = IssuerOf(name);
  if (!absl::ConsumePrefix(&issuer, "https://")) {
    absl::ConsumePrefix(&issuer, "http://");
  }
  absl::ConsumeSuffix(&issuer, "/");
  for (const std::string& spelling :
       {std::string(issuer), absl::AsciiStrToLower(issuer)}) {
    for (const absl::string_view slash : {"", "/"}) {
      const auto providers = snapshot_.FindOpenIdProviders(
          absl::StrCat("https://", spelling, slash));
      if (!providers.empty()) return providers.front()->arn;
    }
  }
  return "";
}

}  // namespace rolegate
