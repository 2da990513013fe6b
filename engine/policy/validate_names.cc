#include "engine/policy/validate_names.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

bool IsAlnum(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}
bool IsLowerAlnum(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c));
}

bool HasWildcard(absl::string_view text) {
  return text.find_first_of("*?") != absl::string_view::npos;
}

// AIDA…, AROA…: what AWS leaves in place of a principal that was deleted.
bool IsUniqueId(absl::string_view text) {
  return text.size() >= 16 && text.size() <= 128 && text.front() == 'A' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

// CloudFront's origin access identities are users of `cloudfront`.
bool IsPrincipalAccount(const Arn& arn) {
  return IsAccountId(arn.account) || (arn.account == "cloudfront" &&
                                      absl::StartsWith(arn.resource, "user/"));
}

// Root, user, role, role session or federated user.
bool IsPrincipalArn(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || HasWildcard(text) || !arn->region.empty() ||
      arn->partition.empty() || !IsPrincipalAccount(*arn)) {
    return false;
  }
  if (arn->service == "iam") {
    if (arn->resource == "root") return true;
    const std::optional<IamResource> iam = IamResource::Parse(arn->resource);
    return iam && (iam->type == "user" || iam->type == "role");
  }
  if (arn->service != "sts") return false;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(arn->resource, '/');
  if (parts.front() == "federated-user") {
    return parts.size() == 2 && !parts[1].empty();
  }
  return parts.front() == "assumed-role" && parts.size() == 3 &&
         !parts[1].empty() && !parts[2].empty();
}

// Says why a text is no principal, for those who wrote it for one.
FaultText InvalidPrincipal(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (HasWildcard(text)) {
    return FaultText("invalid principal `", text,
                     "`: a principal has no wildcards, name the account and "
                     "limit it by a condition `ArnLike` on `aws:PrincipalArn`");
  }
  if (arn && arn->service == "iam" &&
      absl::StartsWith(arn->resource, "group/")) {
    return FaultText("invalid principal `", text,
                     "`: groups are never principals, name the users, or roles "
                     "that they may assume");
  }
  // "1234-5678-9012" is how AWS's console shows an account.
  const bool is_account =
      !text.empty() &&
      text.find_first_not_of("0123456789- ") == absl::string_view::npos;
  if (is_account || (arn && (arn->service == "iam" || arn->service == "sts") &&
                     !IsAccountId(arn->account))) {
    return FaultText("invalid principal `", text,
                     "`: ", kAccountHasTwelveDigits);
  }
  return FaultText(
      "invalid principal `", text,
      "`, expected `*`, an account, or the ARN of a user, role, role "
      "session, federated user or root user without wildcards");
}

bool IsProviderArn(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  return arn && !HasWildcard(text) && arn->service == "iam" &&
         IsAccountId(arn->account) &&
         ((absl::StartsWith(arn->resource, "saml-provider/") &&
           arn->resource.size() > absl::string_view("saml-provider/").size()) ||
          (absl::StartsWith(arn->resource, "oidc-provider/") &&
           arn->resource.size() > absl::string_view("oidc-provider/").size()));
}

bool IsDomainName(absl::string_view text) {
  return text.find('.') != absl::string_view::npos && IsAlnum(text.front()) &&
         IsAlnum(text.back()) && !absl::StrContains(text, "..") &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlnum(c) || c == '.' || c == '-' || c == '_';
         });
}

bool IsServiceName(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || c == '.' || c == '-' || c == '_';
  });
}

FaultText CheckShortArn(absl::string_view pattern, PolicyKind kind) {
  if (absl::StrContains(pattern, "::")) {
    return FaultText("resource `", pattern,
                     "` has empty parts and fewer than six, expected "
                     "`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`");
  }
  const bool refused =
      kind == PolicyKind::kRcp ||
      (kind == PolicyKind::kScp && !absl::EndsWith(pattern, "*"));
  if (!refused) return FaultText();
  return FaultText("resource `", pattern,
                   "` has fewer than the six parts of an ARN, expected "
                   "`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`");
}

}  // namespace

FaultText CheckPrincipal(const PrincipalEntry& entry) {
  const absl::string_view text = entry.text.value;
  switch (entry.type) {
    case PrincipalType::kAws:
      if (text == "*" || IsAccountId(text) || IsUniqueId(text) ||
          IsPrincipalArn(text)) {
        return FaultText();
      }
      return InvalidPrincipal(text);
    case PrincipalType::kService:
      if (IsServiceName(text)) return FaultText();
      return FaultText("invalid service principal `", text,
                       "`, expected a name such as `ec2.amazonaws.com`");
    case PrincipalType::kFederated:
      if (!text.empty() && (IsProviderArn(text) || IsDomainName(text))) {
        return FaultText();
      }
      if (const std::optional<Arn> arn = Arn::Parse(text);
          arn && IsDigits(arn->account) && !IsAccountId(arn->account)) {
        return FaultText("invalid federated principal `", text,
                         "`: ", kAccountHasTwelveDigits);
      }
      return FaultText("invalid federated principal `", text,
                       "`, expected a domain name or the ARN of an identity "
                       "provider");
    case PrincipalType::kCanonicalUser:
      if (!text.empty()) return FaultText();
      return FaultText(
          "the canonical user ID is empty, expected that of an "
          "AWS account");
  }
  return FaultText();
}

FaultText CheckAction(absl::string_view pattern, PolicyKind kind) {
  const bool all = !pattern.empty() &&
                   pattern.find_first_not_of('*') == absl::string_view::npos;
  if (kind == PolicyKind::kTrust &&
      !absl::StartsWithIgnoreCase(pattern, "sts:")) {
    return FaultText("action `", pattern,
                     "` has no place in a trust policy, expected an `sts:` "
                     "action");
  }
  if (all) return FaultText();
  const std::size_t colon = pattern.find(':');
  if (colon == absl::string_view::npos) {
    return FaultText("action `", pattern,
                     "` must be prefaced by a service, as in "
                     "`s3:GetObject`, or be `*`");
  }
  if (pattern.find(':', colon + 1) != absl::string_view::npos) {
    return FaultText("action `", pattern, "` can contain only one colon");
  }
  const absl::string_view prefix = pattern.substr(0, colon);
  if (HasWildcard(prefix)) {
    return FaultText("action `", pattern,
                     "` has a wildcard in its service, expected a service as "
                     "in `s3:*`, or `*` for every action");
  }
  if (prefix.empty() || !std::all_of(prefix.begin(), prefix.end(), [](char c) {
        return IsAlnum(c) || c == '.' || c == '-';
      })) {
    return FaultText("action `", pattern, "` has the invalid service `", prefix,
                     "`, expected letters, digits, `.` and `-`");
  }
  return FaultText();
}

FaultText CheckResource(absl::string_view pattern, PolicyKind kind) {
  if (pattern == "*") return FaultText();
  if (!absl::StartsWith(pattern, "arn:")) {
    return FaultText("resource `", pattern, "` must be in ARN format or `*`");
  }
  const absl::string_view rest = pattern.substr(4);
  const absl::string_view partition = rest.substr(0, rest.find(':'));
  if (partition != "*" &&
      (partition.empty() ||
       !std::all_of(partition.begin(), partition.end(),
                    [](char c) { return IsLowerAlnum(c) || c == '-'; }))) {
    return FaultText("partition `", partition, "` is not valid for resource `",
                     pattern, "`, expected one such as `aws`, or `*`");
  }
  // A region is one whether or not an account and a resource follow.
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, ':');
  if (parts.size() > 3 && parts[2] == "iam" && !parts[3].empty() &&
      !HasWildcard(parts[3])) {
    return FaultText("IAM resource `", pattern,
                     "` cannot contain region information, leave the region "
                     "empty");
  }
  return Arn::Parse(pattern) ? FaultText() : CheckShortArn(pattern, kind);
}

}  // namespace rolegate
