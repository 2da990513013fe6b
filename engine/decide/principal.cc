#include "engine/decide/principal.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxPrincipalBytes = 2048;

absl::Status NotAPrincipal(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  const absl::string_view account = arn ? arn->account : text;
  const bool is_account_wrong = IsDigits(account) && !IsAccountId(account);
  return absl::InvalidArgumentError(
      absl::StrCat("`", text.substr(0, 256),
                   "` is not the ARN of a user, role session, federated user "
                   "or root user",
                   is_account_wrong ? ": " : "",
                   is_account_wrong ? kAccountHasTwelveDigits : ""));
}

// "assumed-role/NAME/SESSION" -> NAME, SESSION.
bool SplitAssumedRole(absl::string_view resource, absl::string_view* role,
                      absl::string_view* session) {
  const std::vector<absl::string_view> parts = absl::StrSplit(resource, '/');
  if (parts.size() != 3 || parts[0] != "assumed-role" || parts[1].empty() ||
      parts[2].empty()) {
    return false;
  }
  *role = parts[1];
  *session = parts[2];
  return true;
}

Principal ViewOf(PrincipalKind kind, absl::string_view text) {
  Principal principal;
  principal.kind = kind;
  principal.arn = text;
  if (const std::optional<Arn> arn = Arn::Parse(text)) {
    principal.partition = arn->partition;
    if (kind != PrincipalKind::kWebIdentity && kind != PrincipalKind::kSaml) {
      principal.account = arn->account;
    }
    if (kind == PrincipalKind::kRoleSession) {
      principal.session_name =
          arn->resource.substr(arn->resource.rfind('/') + 1);
    }
  }
  return principal;
}

}  // namespace

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::FromArn(
    absl::string_view text, absl::string_view role_arn) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || text.size() > kMaxPrincipalBytes || !IsAccountId(arn->account) ||
      !arn->region.empty() || arn->partition.empty()) {
    return NotAPrincipal(text);
  }
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string entity_arn(text);
  absl::string_view role;
  absl::string_view session;
  if (arn->service == "iam" && arn->resource == "root") {
    kind = PrincipalKind::kRoot;
  } else if (arn->service == "iam" &&
             absl::StartsWith(arn->resource, "user/") &&
             IamResource::Parse(arn->resource)) {
    kind = PrincipalKind::kUser;
  } else if (arn->service == "sts" &&
             absl::StartsWith(arn->resource, "federated-user/") &&
             arn->resource.size() > std::size_t{15}) {
    kind = PrincipalKind::kFederatedUser;
  } else if (arn->service == "sts" &&
             SplitAssumedRole(arn->resource, &role, &session)) {
    kind = PrincipalKind::kRoleSession;
    entity_arn = absl::StrCat("arn:", arn->partition, ":iam::", arn->account,
                              ":role/", role);
  } else {
    return NotAPrincipal(text);
  }

  if (role_arn.empty()) return OwnedPrincipal(kind, text, entity_arn);
  const std::optional<Arn> of = Arn::Parse(role_arn);
  const std::optional<IamResource> named =
      of ? IamResource::Parse(of->resource) : std::nullopt;
  if (kind != PrincipalKind::kRoleSession || !named || of->service != "iam" ||
      named->type != "role" || named->name != role ||
      of->account != arn->account || of->partition != arn->partition) {
    return absl::InvalidArgumentError(absl::StrCat("`", role_arn.substr(0, 256),
                                                   "` is not the role of `",
                                                   text.substr(0, 256), "`"));
  }
  return OwnedPrincipal(kind, text, role_arn);
}

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::Service(absl::string_view name) {
  if (name.empty() || name.size() > kMaxPrincipalBytes ||
      name.find_first_of("*?:/ \t\r\n") != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", name.substr(0, 256), "` is not the name of a service principal"));
  }
  return OwnedPrincipal(PrincipalKind::kService, name, name);
}

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::Federated(
    absl::string_view provider) {
  if (provider.empty() || provider.size() > kMaxPrincipalBytes) {
    return absl::InvalidArgumentError("the identity provider has no name");
  }
  const std::optional<Arn> arn = Arn::Parse(provider);
  const bool saml = arn && absl::StartsWith(arn->resource, "saml-provider/");
  return OwnedPrincipal(
      saml ? PrincipalKind::kSaml : PrincipalKind::kWebIdentity, provider,
      provider);
}

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::Account(
    absl::string_view account) {
  if (!IsAccountId(account)) return NotAPrincipal(account);
  return FromArn(absl::StrCat("arn:aws:iam::", account, ":root"));
}

OwnedPrincipal::OwnedPrincipal(PrincipalKind kind, absl::string_view arn,
                               absl::string_view entity_arn)
    : texts_(std::make_shared<const Texts>(kind, arn, entity_arn, "")) {}

OwnedPrincipal::Texts::Texts(PrincipalKind kind, absl::string_view its_arn,
                             absl::string_view its_entity_arn,
                             absl::string_view its_unique_id)
    : arn(its_arn),
      entity_arn(its_entity_arn),
      unique_id(its_unique_id),
      view([&] {
        Principal principal = ViewOf(kind, arn);
        principal.entity_arn = entity_arn;
        principal.unique_id = unique_id;
        return principal;
      }()) {}

void OwnedPrincipal::set_unique_id(absl::string_view id) {
  const Principal old = view();
  texts_ = std::make_shared<const Texts>(old.kind, old.arn, old.entity_arn, id);
}

}  // namespace rolegate
