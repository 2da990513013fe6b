#include "engine/principal.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/arn.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxPrincipalBytes = 2048;

absl::Status NotAPrincipal(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", text.substr(0, 256),
                   "` is not the ARN of a user, role session, federated user "
                   "or root user"));
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

}  // namespace

bool HasAccount(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kRoot:
    case PrincipalKind::kUser:
    case PrincipalKind::kRoleSession:
    case PrincipalKind::kFederatedUser:
      return true;
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      break;
  }
  return false;
}

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::FromArn(
    absl::string_view text, absl::string_view role_arn) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || text.size() > kMaxPrincipalBytes || !IsAccountId(arn->account) ||
      !arn->region.empty() || arn->partition.empty()) {
    return NotAPrincipal(text);
  }
  OwnedPrincipal principal;
  principal.arn_ = std::string(text);
  principal.entity_arn_ = principal.arn_;
  absl::string_view role;
  absl::string_view session;
  if (arn->service == "iam" && arn->resource == "root") {
    principal.kind_ = PrincipalKind::kRoot;
  } else if (arn->service == "iam" &&
             absl::StartsWith(arn->resource, "user/") &&
             IamResource::Parse(arn->resource)) {
    principal.kind_ = PrincipalKind::kUser;
  } else if (arn->service == "sts" &&
             absl::StartsWith(arn->resource, "federated-user/") &&
             arn->resource.size() > std::size_t{15}) {
    principal.kind_ = PrincipalKind::kFederatedUser;
  } else if (arn->service == "sts" &&
             SplitAssumedRole(arn->resource, &role, &session)) {
    principal.kind_ = PrincipalKind::kRoleSession;
    principal.entity_arn_ = absl::StrCat(
        "arn:", arn->partition, ":iam::", arn->account, ":role/", role);
  } else {
    return NotAPrincipal(text);
  }

  if (role_arn.empty()) return principal;
  const std::optional<Arn> of = Arn::Parse(role_arn);
  const std::optional<IamResource> named =
      of ? IamResource::Parse(of->resource) : std::nullopt;
  if (principal.kind_ != PrincipalKind::kRoleSession || !named ||
      of->service != "iam" || named->type != "role" || named->name != role ||
      of->account != arn->account || of->partition != arn->partition) {
    return absl::InvalidArgumentError(absl::StrCat("`", role_arn.substr(0, 256),
                                                   "` is not the role of `",
                                                   text.substr(0, 256), "`"));
  }
  principal.entity_arn_ = std::string(role_arn);
  return principal;
}

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::Service(absl::string_view name) {
  if (name.empty() || name.size() > kMaxPrincipalBytes ||
      name.find_first_of("*?:/ \t\r\n") != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", name.substr(0, 256), "` is not the name of a service principal"));
  }
  OwnedPrincipal principal;
  principal.kind_ = PrincipalKind::kService;
  principal.arn_ = std::string(name);
  principal.entity_arn_ = principal.arn_;
  return principal;
}

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::Federated(
    absl::string_view provider) {
  if (provider.empty() || provider.size() > kMaxPrincipalBytes) {
    return absl::InvalidArgumentError("the identity provider has no name");
  }
  const std::optional<Arn> arn = Arn::Parse(provider);
  OwnedPrincipal principal;
  principal.kind_ = arn && absl::StartsWith(arn->resource, "saml-provider/")
                        ? PrincipalKind::kSaml
                        : PrincipalKind::kWebIdentity;
  principal.arn_ = std::string(provider);
  principal.entity_arn_ = principal.arn_;
  return principal;
}

absl::StatusOr<OwnedPrincipal> OwnedPrincipal::Account(
    absl::string_view account) {
  if (!IsAccountId(account)) return NotAPrincipal(account);
  return FromArn(absl::StrCat("arn:aws:iam::", account, ":root"));
}

Principal OwnedPrincipal::view() const {
  Principal principal;
  principal.kind = kind_;
  principal.arn = arn_;
  principal.entity_arn = entity_arn_;
  principal.unique_id = unique_id_;
  if (const std::optional<Arn> arn = Arn::Parse(arn_)) {
    principal.partition = arn->partition;
    if (kind_ != PrincipalKind::kWebIdentity && kind_ != PrincipalKind::kSaml) {
      principal.account = arn->account;
    }
    if (kind_ == PrincipalKind::kRoleSession) {
      principal.session_name =
          arn->resource.substr(arn->resource.rfind('/') + 1);
    }
  }
  return principal;
}

}  // namespace rolegate
