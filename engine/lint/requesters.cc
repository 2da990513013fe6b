#include "engine/lint/requesters.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

using enum PrincipalKind;

constexpr PrincipalKinds kOfAccounts = {kRoot, kUser, kRoleSession,
                                        kFederatedUser};
constexpr PrincipalKinds kFederated = {kWebIdentity, kSaml};
constexpr PrincipalKinds kCallers = {kRoot,          kUser,    kRoleSession,
                                     kFederatedUser, kService, kAnonymous};

PrincipalKinds KindsOfAws(absl::string_view text, PolicyKind kind) {
  if (text == "*") return Everybody(kind);
  if (absl::StartsWith(text, "AIDA")) return {kUser};
  if (absl::StartsWith(text, "AROA")) return {kRoleSession};
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->resource == "root") return kOfAccounts;
  if (absl::StartsWith(arn->resource, "user/")) return {kUser, kFederatedUser};
  if (absl::StartsWith(arn->resource, "federated-user/")) {
    return {kFederatedUser};
  }
  return {kRoleSession};
}

}  // namespace

PrincipalKinds Everybody(PolicyKind kind) {
  PrincipalKinds kinds = kCallers;
  if (kind == PolicyKind::kTrust) kinds.Add(kFederated);
  return kinds;
}

bool IsSamlProvider(const PrincipalEntry& entry) {
  return entry.type == PrincipalType::kFederated &&
         absl::StrContains(entry.text.value, ":saml-provider/");
}

bool IsOidcProvider(const PrincipalEntry& entry) {
  return entry.type == PrincipalType::kFederated && !IsSamlProvider(entry);
}

absl::string_view IssuerOf(const PrincipalEntry& entry) {
  if (!IsOidcProvider(entry)) return "";
  const std::optional<Arn> arn = Arn::Parse(entry.text.value);
  return arn ? absl::StripPrefix(arn->resource, "oidc-provider/")
             : entry.text.value;
}

PrincipalKinds KindsOf(const PrincipalEntry& entry, PolicyKind kind) {
  switch (entry.type) {
    case PrincipalType::kAws:
      return KindsOfAws(entry.text.value, kind);
    case PrincipalType::kService:
      return {kService};
    case PrincipalType::kFederated:
      // Elsewhere it matches the sessions of those who came by the provider.
      if (kind != PolicyKind::kTrust) return {kRoleSession};
      return IsSamlProvider(entry) ? PrincipalKinds{kSaml}
                                   : PrincipalKinds{kWebIdentity};
    case PrincipalType::kCanonicalUser:
      break;
  }
  return {};
}

}  // namespace rolegate
