#include "engine/lint/absence.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/fault_text.h"

namespace rolegate {
namespace {

using enum PrincipalKind;

struct Instead {
  PrincipalKind kind;
  absl::string_view key;  // empty: any other
  absl::string_view hint;
};

// The first row of the kind and key counts.  `:` in front stands for the key of
// that claim of the provider's tokens.
constexpr Instead kInsteads[] = {
    {kService, "aws:PrincipalOrgID", "`aws:SourceOrgID`"},
    {kService, "aws:PrincipalOrgPaths", "`aws:SourceOrgPaths`"},
    {kService, "aws:PrincipalAccount", "`aws:SourceAccount`"},
    {kService, "aws:PrincipalArn", "`aws:SourceArn`"},
    {kService, "", "`aws:SourceArn` or `aws:SourceAccount`"},
    {kWebIdentity, "aws:PrincipalTag/", "`aws:RequestTag/…`"},
    {kWebIdentity, "aws:MultiFactorAuthPresent", ":amr"},
    {kWebIdentity, "aws:MultiFactorAuthAge", ":amr"},
    {kWebIdentity, "aws:SourceIdentity", "`sts:SourceIdentity`"},
    {kWebIdentity, "", ":sub"},
    {kSaml, "aws:PrincipalTag/", "`aws:RequestTag/…`"},
    {kSaml, "aws:SourceIdentity", "`sts:SourceIdentity`"},
    {kSaml, "", "`saml:sub` or another attribute of the assertion"},
    {kRoleSession, "aws:username", "`aws:userid` or `aws:PrincipalTag/…`"},
    {kRoleSession, "aws:MultiFactorAuthPresent",
     "the key in the role's trust policy"},
    {kRoleSession, "aws:MultiFactorAuthAge",
     "the key in the role's trust policy"},
    {kRoleSession, "", "`aws:PrincipalArn` or `aws:PrincipalTag/…`"},
    {kUser, "aws:FederatedProvider", "`aws:PrincipalArn`"},
    {kUser, "aws:TokenIssueTime", "`aws:CurrentTime`"},
    {kUser, "", "`aws:PrincipalArn` or `aws:PrincipalTag/…`"},
    {kFederatedUser, "", "`aws:PrincipalArn`"},
};

absl::string_view NameOf(PrincipalKind kind) {
  switch (kind) {
    case kService:
      return "services";
    case kWebIdentity:
      return "web identities";
    case kSaml:
      return "SAML subjects";
    case kRoleSession:
      return "role sessions";
    case kUser:
      return "users";
    case kFederatedUser:
      return "federated users";
    case kRoot:
      return "root users";
    case kAnonymous:
      break;
  }
  return "anonymous callers";
}

}  // namespace

std::string AbsenceHint(const KnownKey& key, PrincipalKinds kinds,
                        absl::string_view issuer) {
  for (const Instead& instead : kInsteads) {
    if (!kinds.Has(instead.kind) ||
        (!instead.key.empty() && instead.key != key.name)) {
      continue;
    }
    std::string hint =
        absl::StrCat(NameOf(instead.kind), " never have it; use ");
    if (!absl::StartsWith(instead.hint, ":")) {
      return absl::StrCat(hint, instead.hint);
    }
    return absl::StrCat(hint, "`",
                        issuer.empty() ? std::string("ISSUER") : Echo(issuer),
                        instead.hint, "`");
  }
  return "such principals never have it";
}

}  // namespace rolegate
