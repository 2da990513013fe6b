#include "engine/registry/fence_filter.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/registry/fault_codes.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr std::size_t kShownNames = 5;
constexpr absl::string_view kPolicyType = "policy/";
constexpr absl::string_view kAwsAccount = "aws";

// "`a`, `b`"; "nothing" of an empty list.
std::string ShowList(const std::vector<std::string>& names) {
  if (names.empty()) return "nothing";
  std::string shown;
  for (std::size_t i = 0; i < std::min(names.size(), kShownNames); ++i) {
    absl::StrAppend(&shown, i == 0 ? "" : ", ", "`", names[i], "`");
  }
  if (names.size() > kShownNames) {
    absl::StrAppend(&shown, " and ", names.size() - kShownNames, " more");
  }
  return shown;
}

std::string OutsideAccounts(const Fence& fence) {
  return absl::StrCat("outside of fence `", fence.path,
                      "`, whose accounts are ", ShowList(fence.accounts));
}

std::string OutsideKind(const Fence& fence, absl::string_view what) {
  return absl::StrCat("outside of fence `", fence.path, "`, which admits no ",
                      what);
}

// Parses the ARN of a managed policy that IAM would know, which belongs to an
// account or to AWS.
std::optional<Arn> ParsePolicyArn(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->partition.empty() || arn->service != "iam" ||
      !arn->region.empty() || !absl::StartsWith(arn->resource, kPolicyType) ||
      text.find_first_of("*?") != absl::string_view::npos) {
    return std::nullopt;
  }
  return arn;
}

absl::string_view AccountOf(absl::string_view arn) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  return parsed ? parsed->account : absl::string_view();
}

// Policies match principals by unique id, and sessions by `ID:*`, so an id must
// be one word that says what it is of.
bool IsUniqueId(absl::string_view id, absl::string_view prefix) {
  constexpr std::size_t kMaxBytes = 128;
  return id.size() <= kMaxBytes && absl::StartsWith(id, prefix) &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_';
         });
}

class FenceFilter {
 public:
  FenceFilter(const Fence& fence, const std::string& file, Diagnostics* faults)
      : fence_(fence), file_(file), faults_(faults) {}

  void Filter(Entities* entities) {
    std::erase_if(entities->roles,
                  [this](RoleEntity& e) { return !Admits(e); });
    if (!entities->has_more_than_roles()) return;
    // A kind that Admits does not know does not compile, so that no kind slips
    // through a fence.
    entities->MakeOthers().ForEachList([this](auto& list) {
      std::erase_if(list, [this](auto& e) { return !Admits(e); });
    });
  }

 private:
  bool Admits(RoleEntity& e) {
    const absl::string_view arn = e.arn();
    if (arn.empty()) return true;  // the reader reported it
    const std::string what = absl::StrCat("role `", arn, "`");
    if (!AdmitsEntity(FencedKind::kRole, what, "role", AccountOf(arn),
                      e.place)) {
      return false;
    }
    if (!e.definition.derived_role_id) {
      CheckUniqueId(what, "RoleId", "AROA",
                    e.definition.texts[RoleDefinition::kRoleId], e.place);
    }
    CheckIdentity(what, e.place, &e.identity);
    return true;
  }

  bool Admits(UserEntity& e) {
    const User& user = e.user;
    if (user.arn.empty()) return true;
    const std::string what = absl::StrCat("user `", user.arn, "`");
    if (!AdmitsEntity(FencedKind::kUser, what, "user", AccountOf(user.arn),
                      e.place)) {
      return false;
    }
    CheckUniqueId(what, "UserId", "AIDA", user.user_id, e.place);
    CheckIdentity(what, e.place, &e.identity);
    CheckDevices(what, e);
    return true;
  }

  bool Admits(GroupEntity& e) {
    if (e.arn.empty()) return true;
    const std::string what = absl::StrCat("group `", e.arn, "`");
    if (!AdmitsEntity(FencedKind::kGroup, what, "group", AccountOf(e.arn),
                      e.place)) {
      return false;
    }
    CheckIdentity(what, e.place, &e.identity);
    return true;
  }

  bool Admits(const ManagedPolicyEntity& e) {
    if (e.arn.empty()) return true;
    const std::string what = absl::StrCat("managed policy `", e.arn, "`");
    const std::optional<Arn> arn = ParsePolicyArn(e.arn);
    if (!arn) {
      // Policies of an organization limit others, and are found by their names.
      Fault(
          e.place,
          absl::StrCat(what, " stands ", OutsideAccounts(fence_),
                       ": expected `arn:PARTITION:iam::ACCOUNT:policy/NAME`"));
      return false;
    }
    return AdmitsEntity(FencedKind::kManagedPolicy, what, "managed policy",
                        arn->account, e.place);
  }

  bool Admits(const ResourcePolicyEntity& e) {
    if (e.pattern.empty()) return true;
    const std::string what = absl::StrCat("resource policy `", e.pattern, "`");
    if (!AdmitsKind(FencedKind::kResourcePolicy, what, "resource policy",
                    e.place)) {
      return false;
    }
    if (fence_.CoversResource(e.pattern)) return true;
    const bool has_wildcard =
        e.pattern.find_first_of("*?") != std::string::npos;
    Fault(e.place,
          absl::StrCat(what, " stands outside of fence `", fence_.path,
                       "`, whose resources are ", ShowList(fence_.resources),
                       has_wildcard ? ", by what stands before its first "
                                      "wildcard"
                                    : ""));
    return false;
  }

  // The builder looks whose it is, if only a name says so.
  bool Admits(const InlinePolicyEntity& e) {
    const FencedKind kind =
        e.owner == InlinePolicyEntity::Owner::kRole   ? FencedKind::kRole
        : e.owner == InlinePolicyEntity::Owner::kUser ? FencedKind::kUser
                                                      : FencedKind::kGroup;
    const std::string what =
        absl::StrCat("the inline policy of ", e.owner_noun(), " `",
                     e.owner_arn.empty() ? e.owner_name : e.owner_arn, "`");
    if (e.owner_arn.empty()) {
      return AdmitsKind(kind, what, e.owner_noun(), e.place);
    }
    return AdmitsEntity(kind, what, e.owner_noun(), AccountOf(e.owner_arn),
                        e.place);
  }

  bool Admits(const RoleSettingsEntity& e) {
    if (e.arn.empty()) return true;
    return AdmitsEntity(FencedKind::kRole,
                        absl::StrCat("settings of role `", e.arn, "`"), "role",
                        AccountOf(e.arn), e.place, "stand");
  }

  bool Admits(const OrganizationEntity& e) {
    return Refuse("organization", e.id, e.place);
  }
  bool Admits(const OpenIdProviderEntity& e) {
    return Refuse(e.kNoun, e.key(), e.place);
  }
  bool Admits(const SamlProviderEntity& e) {
    return Refuse(e.kNoun, e.key(), e.place);
  }

  // Reports an entity that no fence admits.
  bool Refuse(absl::string_view noun, absl::string_view name,
              const Place& place) {
    Fault(place, absl::StrCat(noun, " `", name, "` stands ",
                              OutsideKind(fence_, noun)));
    return false;
  }

  bool AdmitsKind(FencedKind kind, const std::string& what,
                  absl::string_view kind_name, const Place& place,
                  absl::string_view verb = "stands") {
    if (fence_.kinds.Has(kind)) return true;
    Fault(place,
          absl::StrCat(what, " ", verb, " ", OutsideKind(fence_, kind_name)));
    return false;
  }

  bool AdmitsEntity(FencedKind kind, const std::string& what,
                    absl::string_view kind_name, absl::string_view account,
                    const Place& place, absl::string_view verb = "stands") {
    if (!AdmitsKind(kind, what, kind_name, place, verb)) return false;
    if (fence_.HasAccount(account)) return true;
    Fault(place, absl::StrCat(what, " ", verb, " ", OutsideAccounts(fence_)));
    return false;
  }

  // Entities do not attach policies of another account, as in AWS.  They may
  // attach policies that AWS manages, but not define them.
  void CheckIdentity(const std::string& what, const Place& place,
                     IdentityEntity* identity) {
    std::vector<absl::string_view> admitted;
    for (std::size_t i = 0; i < identity->attached_arns.size(); ++i) {
      const absl::string_view arn = identity->attached_arns[i];
      if (arn.empty() || MayName(arn)) {
        admitted.push_back(arn);
        continue;
      }
      Fault(place,
            absl::StrCat(what, " attaches `", arn, "`, which stands ",
                         OutsideAccounts(fence_)),
            absl::StrCat("AttachedManagedPolicies[", i, "].PolicyArn"));
    }
    if (admitted.size() < identity->attached_arns.size()) {
      identity->attached_arns = PackedTexts(admitted);
    }
    if (identity->boundary_arn && !identity->boundary_arn->empty() &&
        !MayName(*identity->boundary_arn)) {
      Fault(place,
            absl::StrCat(what, " has the boundary `", *identity->boundary_arn,
                         "`, which stands ", OutsideAccounts(fence_)),
            "PermissionsBoundary.PermissionsBoundaryArn");
    }
  }

  bool MayName(absl::string_view policy_arn) const {
    const std::optional<Arn> arn = ParsePolicyArn(policy_arn);
    return arn &&
           (arn->account == kAwsAccount || fence_.HasAccount(arn->account));
  }

  void CheckUniqueId(const std::string& what, absl::string_view member,
                     absl::string_view prefix, absl::string_view id,
                     const Place& place) {
    if (IsUniqueId(id, prefix)) return;
    Fault(place,
          absl::StrCat(what, " has the unique id `", id,
                       "`, which could be taken for that of another outside "
                       "of fence `",
                       fence_.path, "`: expected `", prefix,
                       "` and letters, digits and `_`"),
          member);
  }

  // All users share the names of devices and of files of seeds, so both names
  // must show that a fenced user's device belongs to its account.
  void CheckDevices(const std::string& what, const UserEntity& e) {
    for (std::size_t i = 0; i < e.user.mfa_devices.size(); ++i) {
      const MfaDevice& device = e.user.mfa_devices[i];
      const std::string member = absl::StrCat("MFADevices[", i, "]");
      const std::optional<Arn> serial = Arn::Parse(device.serial_number);
      if (!serial || serial->service != "iam" ||
          serial->account != e.user.account) {
        Fault(e.place,
              absl::StrCat(what, " has MFA device `", device.serial_number,
                           "` outside of fence `", fence_.path,
                           "`: expected `arn:PARTITION:iam::", e.user.account,
                           ":mfa/NAME`"),
              absl::StrCat(member, ".SerialNumber"));
      }
      if (!absl::StartsWith(device.seed_file,
                            absl::StrCat(e.user.account, "-"))) {
        Fault(e.place,
              absl::StrCat(what, " has the seed file `", device.seed_file,
                           "` outside of fence `", fence_.path,
                           "`: expected a name that begins with `",
                           e.user.account, "-`"),
              absl::StrCat(member, ".SeedFile"));
      }
    }
  }

  // Reports a fault at a member of the entity at `place`, or at the entity.
  void Fault(const Place& place, std::string message,
             absl::string_view member = "") {
    std::string path = place.ShowPath();
    if (!member.empty()) {
      absl::StrAppend(&path, path.empty() ? "" : ".", member);
    }
    AddToFile({Severity::kError, file_, std::move(path), place.position,
               std::string(kOutsideFence), std::move(message)},
              faults_);
  }

  const Fence& fence_;
  const std::string& file_;
  Diagnostics* const faults_;
};

}  // namespace

void KeepInsideFence(const Fence& fence, const std::string& file,
                     Entities* entities, Diagnostics* faults) {
  FenceFilter(fence, file, faults).Filter(entities);
}

absl::Status CheckRevocation(const Fence& fence, absl::string_view access_key,
                             absl::string_view source_identity,
                             absl::string_view role_arn) {
  const absl::string_view name =
      access_key.empty() ? source_identity : access_key;
  if (!name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the revocation of ",
                     access_key.empty() ? "source identity `" : "session `",
                     name, "` stands outside of fence `", fence.path,
                     "`, which admits revocations by `RoleArn` only, because `",
                     name, "` does not show whose session it is"));
  }
  const std::string what =
      absl::StrCat("the revocation of role `", role_arn, "` stands ");
  if (!fence.kinds.Has(FencedKind::kRole)) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, OutsideKind(fence, "role")));
  }
  if (!fence.HasAccount(AccountOf(role_arn))) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, OutsideAccounts(fence)));
  }
  return absl::OkStatus();
}

}  // namespace rolegate
