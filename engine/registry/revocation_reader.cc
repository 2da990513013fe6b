#include "engine/registry/revocation_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/fence.h"
#include "engine/registry/fence_filter.h"
#include "engine/text/arn.h"
#include "engine/text/instant.h"

namespace rolegate {
namespace {

constexpr absl::string_view kAccessKeyPrefix = "RGSA";
constexpr std::size_t kAccessKeySize = 20;
constexpr std::size_t kMaxSourceIdentity = 256;

bool IsAccessKeyId(absl::string_view id) {
  return id.size() == kAccessKeySize &&
         absl::StartsWith(id, kAccessKeyPrefix) &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
                  (c >= '2' && c <= '7');
         });
}

bool IsRoleArn(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  return arn && arn->service == "iam" && IsAccountId(arn->account) &&
         absl::StartsWith(arn->resource, "role/") &&
         text.find_first_of("*?") == absl::string_view::npos;
}

// Entries that cannot mean anything are faults: whoever revokes a session must
// learn that nothing was revoked.
void ReadOne(const ObjectReader& object, const Fence* fence, FileFaults& faults,
             Revocations* revocations) {
  if (!object.valid()) return;
  object.ExpectMembers(members::kRevocation);
  const std::string access_key = object.String("AccessKeyId");
  const std::string source_identity = object.String("SourceIdentity");
  const std::string role = object.String("RoleArn");
  const std::string issued_before = object.String("IssuedBefore");
  object.String("Reason");  // people read it; its type is checked
  const int named = static_cast<int>(!access_key.empty()) +
                    static_cast<int>(!source_identity.empty()) +
                    static_cast<int>(!role.empty());
  if (named != 1) {
    faults.Add(kInvalidMember, object.node().offset(), object.path(),
               "expected exactly one of `AccessKeyId`, `SourceIdentity` and "
               "`RoleArn`");
    return;
  }
  if (role.empty() != issued_before.empty()) {
    object.Fault(
        kInvalidMember, "IssuedBefore",
        "expected `RoleArn` and `IssuedBefore` together, found one of them");
    return;
  }
  // A revocation that a fence does not admit revokes nothing: revocations are
  // in force even if their file has faults.
  if (fence != nullptr) {
    const absl::Status inside =
        CheckRevocation(*fence, access_key, source_identity, role);
    if (!inside.ok()) {
      faults.Add(kOutsideFence, object.node().offset(), object.path(),
                 std::string(inside.message()));
      return;
    }
  }
  if (!access_key.empty()) {
    if (!IsAccessKeyId(access_key)) {
      object.Fault(kInvalidMember, "AccessKeyId",
                   absl::StrCat("`", access_key,
                                "` names no session: expected RGSA and 16 of "
                                "[A-Z2-7]"));
      return;
    }
    revocations->AddAccessKey(access_key);
  } else if (!source_identity.empty()) {
    if (source_identity.size() > kMaxSourceIdentity) {
      object.Fault(
          kInvalidMember, "SourceIdentity",
          absl::StrCat("is longer than ", kMaxSourceIdentity, " characters"));
      return;
    }
    revocations->AddSourceIdentity(source_identity);
  } else {
    // A bare number would be taken for seconds since 1970: `2026` for then.
    const std::optional<Instant> time = absl::StrContains(issued_before, '-')
                                            ? Instant::Parse(issued_before)
                                            : std::nullopt;
    if (!IsRoleArn(role)) {
      const std::optional<Arn> arn = Arn::Parse(role);
      const bool is_account_wrong = arn && !IsAccountId(arn->account);
      object.Fault(
          kInvalidMember, "RoleArn",
          absl::StrCat("`", role, "` is not the ARN of a role",
                       is_account_wrong ? ": " : "",
                       is_account_wrong ? kAccountHasTwelveDigits : ""));
    } else if (!time) {
      object.Fault(kInvalidMember, "IssuedBefore",
                   absl::StrCat("`", issued_before,
                                "` is not a date: expected one as "
                                "`2026-11-25T10:00:00Z`"));
    } else {
      revocations->AddRole(role, absl::FromUnixSeconds(time->seconds) +
                                     absl::Nanoseconds(time->nanos));
    }
  }
}

}  // namespace

void ReadRevocations(const ObjectReader& object, const RegistryOptions& options,
                     FileFaults& faults, Revocations* revocations) {
  const Fence* const fence = FindFence(options.fences, faults.file().str());
  int index = 0;
  for (const JsonNode& node : object.List("RevokedSessions")) {
    const std::string path =
        absl::StrCat(object.PathOf("RevokedSessions"), "[", index++, "]");
    ReadOne(ObjectReader(node, path, options, faults), fence, faults,
            revocations);
  }
}

}  // namespace rolegate
